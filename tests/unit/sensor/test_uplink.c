/* SPDX-License-Identifier: Apache-2.0 */
/* The uplink against a collector that behaves as each test wants, over TLS on loopback.
 */
#include "sensor/uplink.h"

#include "lib/batch.h"
#include "lib/frame.h"
#include "lib/message.h"
#include "lib/tls.h"
#include "sensor/enroll.h"
#include "tests/pki.h"
#include "tests/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define EPOCHS_MAX 8
#define SEQS_MAX 100000

/* What it does to a connection, counted down over connections. */
struct manners {
	int      cut_before_ack; /* so many connections end as the first batch is in */
	int      babble;         /* so many answer HELLO with a frame that is too long */
	int      refuse;         /* so many answer HELLO with ERROR 3 */
	uint64_t ahead;          /* WELCOME claims so many more than HELLO's next */
	bool     reject;         /* ACKs name one rejected event */
};

struct centre {
	struct manners  manners;
	struct tls     *tls;
	int             listener;
	uint16_t        port;
	pthread_t       thread;
	atomic_bool     stop;
	atomic_uint     connections, heartbeats, byes;
	/* Only its thread writes these, tests read them after centre_stop(). */
	uint64_t        epochs[EPOCHS_MAX];
	unsigned        n_epochs;
	uint8_t        *seen[EPOCHS_MAX]; /* by seq: how often */
	uint64_t        events, lost, packets;
};

struct fix {
	char          dir[40], address[32];
	struct pki    ca;
	struct centre centre;
	struct uplink *uplink;
	int           quiet;
};

static void
put_frames(SSL *ssl, struct buf *b)
{
	if (b->len)
		SSL_write(ssl, b->data, (int)b->len);
	buf_clear(b);
}

static unsigned
epoch_index(struct centre *c, uint64_t epoch)
{
	unsigned i = 0;

	while (i < c->n_epochs && c->epochs[i] != epoch)
		i++;
	if (i == c->n_epochs) {
		c->epochs[c->n_epochs++] = epoch;
		c->seen[i] = calloc(SEQS_MAX, 1);
	}
	return i;
}

static uint64_t
position(struct centre *c, unsigned i)
{
	uint64_t seq = 1;

	while (c->seen[i][seq])
		seq++;
	return seq - 1;
}

static bool
on_hello(struct centre *c, struct bytes body, struct buf *out)
{
	struct message_hello   m;
	struct message_welcome w = { .protocol = 1, .window = 2, .heartbeat_s = 1 };

	if (c->manners.refuse-- > 0) {
		message_put_error(out, &(struct message_bye){.code = 3, .retry_ms = 10});
		return true;
	}
	if (c->manners.babble-- > 0) {
		buf_add(out, "\xff\xff\xff\xff\2\0", 6);
		return true;
	}
	if (message_get_hello(&m, body, NULL) < 0 || !bytes_is(m.sensor, "ward-12"))
		return false;
	for (uint32_t i = 0; i < m.n_spans; i++) {
		uint64_t seq = position(c, epoch_index(c, m.spans[i].epoch));

		if (c->manners.ahead && i + 1 == m.n_spans)
			seq = m.spans[i].next + c->manners.ahead;
		w.positions[w.n_positions++] =
			(struct message_position){m.spans[i].epoch, seq};
	}
	c->manners.ahead = 0;
	frame_end(out,
		frame_begin(out, (enum frame_type)99)); /* of a later version: skipped */
	message_put_welcome(out, &w);
	return true;
}

static bool
on_batch(struct centre *c, struct bytes body, struct buf *out)
{
	struct batch      *b = batch_new();
	struct message_ack ack = { 0 };
	struct bytes       wire;
	uint64_t           seq;
	unsigned           i;

	assert_int_equal(batch_get(b, body, NULL), 0);
	i = epoch_index(c, batch_epoch(b));
	while (batch_next(b, &seq, &wire) == 1) {
		struct event e;

		assert_int_equal(event_decode(&e, wire, NULL), 0);
		if (c->seen[i][seq]++ == 0) {
			c->events += e.type != EVENT_LOSS;
			c->lost += e.loss_count;
		}
	}
	ack.epoch = batch_epoch(b);
	ack.seq = batch_last(b);
	if (c->manners.reject)
		ack.rejected[ack.n_rejected++] =
			(struct message_rejected){ack.seq, bytes_str("no")};
	batch_free(b);
	if (c->manners.cut_before_ack-- > 0)
		return false;
	message_put_ack(out, &ack);
	return true;
}

static bool
on_heartbeat(struct centre *c, struct bytes body, struct buf *out)
{
	struct message_heartbeat m;

	assert_int_equal(message_get_heartbeat(&m, body, NULL), 0);
	c->packets = m.packets;
	c->heartbeats++;
	message_put_ack(out, &(struct message_ack){ .epoch = m.epoch, .seq = 0 });
	return true;
}

static bool
on_frame(struct centre *c, const struct frame *f, struct buf *out)
{
	switch (f->type) {
	case FRAME_HELLO:
		return on_hello(c, f->body, out);
	case FRAME_BATCH:
		return on_batch(c, f->body, out);
	case FRAME_HEARTBEAT:
		return on_heartbeat(c, f->body, out);
	case FRAME_BYE:
		c->byes++;
		return false;
	default:
		return false;
	}
}

/* The socket's receive timeout passed, so that `stop` is looked at; nothing is wrong. */
static bool
is_quiet(SSL *ssl, int rc)
{
	int error = SSL_get_error(ssl, rc);

	return error == SSL_ERROR_WANT_READ || (error == SSL_ERROR_SYSCALL && errno == EAGAIN);
}

static bool
accept_peer(struct centre *c, SSL *ssl)
{
	int rc;

	do
		rc = SSL_accept(ssl);
	while (rc <= 0 && is_quiet(ssl, rc) && !c->stop);
	return rc == 1;
}

static void
serve(struct centre *c, SSL *ssl)
{
	struct buf in = { 0 }, out = { 0 };
	char       name[TLS_NAME_MAX + 1];
	bool       more = accept_peer(c, ssl) && tls_peer_sensor(ssl, name) == 0;

	while (more && !c->stop) {
		uint8_t     *to = buf_room(&in, 65536);
		int          n = SSL_read(ssl, to, 65536);
		struct bytes left;
		struct frame f;

		if (n <= 0 && is_quiet(ssl, n))
			continue;
		if (n <= 0)
			break;
		in.len += (size_t)n;
		left = bytes_of(in.data, in.len);
		while (more && frame_next(&f, &left, FRAME_BODY_MAX) == 1)
			more = on_frame(c, &f, &out);
		buf_cut(&in, in.len - left.left);
		if (more)
			put_frames(ssl, &out);
	}
	buf_release(&in);
	buf_release(&out);
}

static void *
centre_run(void *arg)
{
	struct centre *c = arg;
	struct timeval tv = { .tv_usec = 50000 };

	while (!c->stop) {
		int  fd = accept(c->listener, NULL, NULL);
		SSL *ssl;

		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
		c->connections++;
		ssl = tls_session(c->tls);
		SSL_set_mode(ssl, SSL_MODE_AUTO_RETRY);
		SSL_set_fd(ssl, fd);
		serve(c, ssl);
		SSL_free(ssl);
		close(fd);
	}
	return NULL;
}

static void
centre_start(struct fix *f)
{
	struct centre     *c = &f->centre;
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(c->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t          len = sizeof(at);
	struct timeval     tv = { .tv_usec = 50000 };
	int                one = 1;

	c->stop = false;
	c->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(c->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(c->listener, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	assert_int_equal(bind(c->listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(c->listener, 8), 0);
	getsockname(c->listener, (struct sockaddr *)&at, &len);
	c->port = ntohs(at.sin_port);
	snprintf(f->address, sizeof(f->address), "127.0.0.1:%u", c->port);
	assert_int_equal(pthread_create(&c->thread, NULL, centre_run, c), 0);
}

static void
centre_stop(struct fix *f)
{
	f->centre.stop = true;
	pthread_join(f->centre.thread, NULL);
	close(f->centre.listener);
}

static void
issue(struct fix *f, const char *name, const char *san, const char *usage)
{
	struct pki p = pki_make(f->dir, &(struct pki_want){.name = name,
						.san = san,
						.usage = usage,
						.days = 30,
						.serial = 9,
						.issuer = f->ca.cert,
						.issuer_key = f->ca.key});

	pki_release(&p);
}

static int
setup(void **state)
{
	struct fix      *f = test_calloc(1, sizeof(*f));
	char             ca[64], cert[64], key[64];
	struct tls_files files = { ca, cert, key };
	int              null = open("/dev/null", O_WRONLY);

	signal(SIGPIPE, SIG_IGN);
	f->quiet = dup(STDERR_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
	strcpy(f->dir, "/tmp/uplink.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->ca = pki_make(
		f->dir, &(struct pki_want){.name = "ca", .days = 30, .serial = 1});
	issue(f, "centre", NULL, "serverAuth");
	issue(f, "sensor", "URI:sensor:ward-12", "clientAuth");
	snprintf(ca, sizeof(ca), "%s/ca.crt", f->dir);
	snprintf(cert, sizeof(cert), "%s/centre.crt", f->dir);
	snprintf(key, sizeof(key), "%s/centre.key", f->dir);
	assert_int_equal(tls_new_server(&f->centre.tls, &files, NULL, NULL), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *f = *state;
	char        command[64];

	tls_free(f->centre.tls);
	for (unsigned i = 0; i < f->centre.n_epochs; i++)
		free(f->centre.seen[i]);
	pki_release(&f->ca);
	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	dup2(f->quiet, STDERR_FILENO);
	close(f->quiet);
	test_free(f);
	return 0;
}

static void
figures(void *arg, struct message_heartbeat *out)
{
	(void)arg;
	out->packets = 4711;
}

static int
open_uplink(struct fix *f, struct uplink **out, bool keep_all)
{
	static const char     *collectors[1];
	struct uplink_settings s = { .state = f->dir,
		.collectors = collectors,
		.n_collectors = 1,
		.spool_bytes = 1u << 20,
		.paced = true,
		.keep_all = keep_all,
		.figures = figures };

	collectors[0] = f->address;
	return uplink_open(out, &s);
}

static void
start_uplink(struct fix *f, bool keep_all)
{
	assert_int_equal(open_uplink(f, &f->uplink, keep_all), 0);
	assert_int_equal(uplink_start(f->uplink), 0);
}

static void
send_events(struct fix *f, unsigned n)
{
	static const char text[] =
		"{\"event_type\":\"alert\",\"alert\":{\"signature\":\"numbered\"}}";
	struct event      e = { .type = EVENT_ALERT, .severity = SEV_LOW, .sid = 1 };

	e.eve = bytes_str(text);
	for (unsigned i = 0; i < n; i++) {
		e.flow_id = i;
		uplink_event(f->uplink, &e);
	}
}

/* Every number from 1 on was seen, in each epoch. */
static void
no_holes(struct centre *c)
{
	for (unsigned i = 0; i < c->n_epochs; i++) {
		uint64_t at = position(c, i);

		for (uint64_t seq = at + 1; seq < SEQS_MAX; seq++)
			assert_int_equal(c->seen[i][seq], 0);
	}
}

static void
every_event_arrives_and_the_drain_ends(void **state)
{
	struct fix         *f = *state;
	struct uplink_stats st;

	centre_start(f);
	start_uplink(f, true);
	send_events(f, 5000);
	assert_int_equal(uplink_drain(f->uplink, 20000), 0);
	uplink_stats(f->uplink, &st);
	assert_int_equal(st.events, 5000);
	assert_int_equal(st.waiting, 0);
	assert_int_equal(st.lost, 0);
	assert_true(st.connects >= 1);
	uplink_close(f->uplink);
	for (int i = 0; i < 1000 && f->centre.byes == 0; i++)
		usleep(10000); /* it was sent, the centre has to read it yet */
	centre_stop(f);
	assert_int_equal(f->centre.events, 5000);
	assert_int_equal(f->centre.packets, 4711);
	assert_int_equal(f->centre.byes, 1);
	no_holes(&f->centre);
}

static void
what_was_not_acknowledged_is_sent_again(void **state)
{
	struct fix *f = *state;

	f->centre.manners =
		(struct manners){.cut_before_ack = 2, .babble = 1, .refuse = 1};
	centre_start(f);
	start_uplink(f, true);
	send_events(f, 3000);
	assert_int_equal(uplink_drain(f->uplink, 30000), 0);
	uplink_close(f->uplink);
	centre_stop(f);
	assert_true(f->centre.connections >= 5);
	assert_int_equal(f->centre.events, 3000);
	no_holes(&f->centre);
}

static void
events_wait_for_a_collector_and_for_the_next_run(void **state)
{
	struct fix *f = *state;

	centre_start(f);
	centre_stop(f); /* its address is known, nobody is there */
	start_uplink(f, true);
	send_events(f, 1000);
	assert_int_equal(uplink_drain(f->uplink, 50), -ETIMEDOUT);
	uplink_close(f->uplink);
	start_uplink(f, true);
	send_events(f, 1000);
	centre_start(f);
	assert_int_equal(uplink_drain(f->uplink, 30000), 0);
	uplink_close(f->uplink);
	centre_stop(f);
	assert_int_equal(f->centre.events, 2000);
	assert_int_equal(f->centre.n_epochs, 1);
	no_holes(&f->centre);
}

/* 40000 events do not fit in 1 MiB: the reading side waits, nothing is lost. */
static void
a_full_spool_slows_a_file_down(void **state)
{
	struct fix         *f = *state;
	struct uplink_stats st;

	centre_start(f);
	start_uplink(f, true);
	send_events(f, 40000);
	assert_int_equal(uplink_drain(f->uplink, 60000), 0);
	uplink_stats(f->uplink, &st);
	assert_int_equal(st.lost, 0);
	uplink_close(f->uplink);
	centre_stop(f);
	assert_int_equal(f->centre.events, 40000);
	no_holes(&f->centre);
}

static void
a_full_spool_that_may_drop_declares_every_loss(void **state)
{
	struct fix *f = *state;

	centre_start(f);
	centre_stop(f);
	start_uplink(f, false);
	send_events(f, 40000);
	centre_start(f);
	assert_int_equal(uplink_drain(f->uplink, 60000), 0);
	uplink_close(f->uplink);
	centre_stop(f);
	assert_true(f->centre.lost > 0);
	assert_int_equal(f->centre.events + f->centre.lost, 40000);
}

static void
a_collector_that_knows_more_than_we_do_starts_a_new_epoch(void **state)
{
	struct fix *f = *state;

	f->centre.manners.ahead = 100;
	centre_start(f);
	start_uplink(f, true);
	while (f->centre.heartbeats == 0)
		assert_int_equal(uplink_drain(f->uplink, 10000), 0);
	send_events(f, 100);
	assert_int_equal(uplink_drain(f->uplink, 20000), 0);
	uplink_close(f->uplink);
	centre_stop(f);
	assert_int_equal(f->centre.n_epochs, 2);
	assert_true(f->centre.epochs[1] > f->centre.epochs[0]);
	assert_int_equal(f->centre.events, 100);
}

static void
rejected_events_are_counted_and_not_sent_again(void **state)
{
	struct fix         *f = *state;
	struct uplink_stats st;

	f->centre.manners.reject = true;
	centre_start(f);
	start_uplink(f, true);
	send_events(f, 10);
	assert_int_equal(uplink_drain(f->uplink, 20000), 0);
	uplink_stats(f->uplink, &st);
	assert_true(st.rejected >= 1);
	uplink_close(f->uplink);
	centre_stop(f);
	no_holes(&f->centre);
}

static void
the_state_is_one_sensors_and_needs_an_identity(void **state)
{
	struct fix    *f = *state;
	struct uplink *other;
	char           cert[64];

	strcpy(f->address, "127.0.0.1:1");
	assert_int_equal(open_uplink(f, &f->uplink, true), 0);
	assert_int_equal(open_uplink(f, &other, true), -EWOULDBLOCK);
	assert_null(other);
	uplink_close(f->uplink); /* never started */
	strcpy(f->address, "nonsense");
	assert_int_equal(open_uplink(f, &other, true), -EINVAL);
	snprintf(cert, sizeof(cert), "%s/" ENROLL_CERT, f->dir);
	unlink(cert);
	assert_int_equal(open_uplink(f, &other, true), -ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_event_arrives_and_the_drain_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_was_not_acknowledged_is_sent_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
			events_wait_for_a_collector_and_for_the_next_run, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_full_spool_slows_a_file_down, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_full_spool_that_may_drop_declares_every_loss, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_collector_that_knows_more_than_we_do_starts_a_new_epoch, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			rejected_events_are_counted_and_not_sent_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_state_is_one_sensors_and_needs_an_identity, setup, teardown),
	};

	return cmocka_run_group_tests_name("uplink", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* How events leave the spool: reading in order, and forgetting what is acknowledged. */
#include "lib/log.h"
#include "lib/spool.h"
#include "lib/spool_priv.h"

#include <errno.h>

void
spool_stop_reading(struct spool *sp)
{
	if (sp->reading)
		segment_close(&sp->reader);
	sp->reading = false;
}

void
spool_rewind(struct spool *sp)
{
	spool_stop_reading(sp);
	sp->got_epoch = sp->got_seq = 0;
}

static bool
is_last(const struct spool *sp, size_t i)
{
	return i + 1 == sp->n_segs;
}

/* Has this segment a record that did not go out yet and is not acknowledged? */
static bool
has_more(const struct spool *sp, const struct segment *s)
{
	if (segment_count(s) == 0 || s->acked >= s->last)
		return false;
	return s->epoch > sp->got_epoch ||
	       (s->epoch == sp->got_epoch && s->last > sp->got_seq);
}

/* Open the segment that comes next. 1; 0: there is nothing to read now; -errno. */
static int
start_reading(struct spool *sp)
{
	for (size_t i = 0; i < sp->n_segs; i++) {
		int err;

		if (!has_more(sp, &sp->segs[i]))
			continue;
		err = segment_open(
			&sp->reader, sp->dirfd, &sp->segs[i], sp->segs[i].size);
		if (err < 0)
			return err;
		sp->reading = true;
		sp->read_at = i;
		return 1;
	}
	return 0;
}

/* What should have been between two records, or between one and the end, is gone. */
static void
blame_damage(struct spool *sp, struct segment *s, uint64_t after, uint64_t upto)
{
	struct loss l = { s->epoch, after + 1, upto, upto - after, EVENT_LOSS_DAMAGE };

	sp->reader.damaged = false;
	if (after >= upto || s->blamed ||
		(s->epoch == sp->got_epoch && upto <= sp->got_seq))
		return;
	log_err("spool: damaged records", "epoch=%llu first=%llu last=%llu",
			(unsigned long long)s->epoch, (unsigned long long)l.first,
			(unsigned long long)l.last);
	spool_note(sp, &l);
}

/* The segment is read. Whether it goes on (the last one may grow) or the next is due. */
static void
end_segment(struct spool *sp, struct segment *s, uint64_t after)
{
	if (sp->reader.damaged || after < s->last)
		blame_damage(sp, s, after, s->last);
	sp->reader.after = s->last;
	if (is_last(sp, sp->read_at))
		return;
	s->blamed = true;
	if (sp->got_epoch < s->epoch || sp->got_seq < s->last) {
		sp->got_epoch = s->epoch;
		sp->got_seq = s->last;
	}
	spool_stop_reading(sp);
}

/* The next record of the open segment. 1; 0: none more. */
static int
read_record(struct spool *sp, struct segment *s, struct segment_record *rec)
{
	uint64_t after = sp->reader.after;
	int      got;

	sp->reader.end = s->size;
	while ((got = segment_next(&sp->reader, rec)) > 0) {
		if (sp->reader.damaged)
			blame_damage(sp, s, after,
				rec->class == SEGMENT_SEAL ? rec->seq : rec->seq - 1);
		after = sp->reader.after;
		if (rec->class == SEGMENT_SEAL || rec->seq > s->last)
			continue;
		if (s->epoch == sp->got_epoch && rec->seq <= sp->got_seq)
			continue;
		if (rec->seq > s->acked)
			return 1;
	}
	if (got < 0) {
		log_err("spool: cannot read", "epoch=%llu first=%llu errno=%d",
			(unsigned long long)s->epoch, (unsigned long long)s->first, -got);
		sp->reader.at = sp->reader.end;
	}
	end_segment(sp, s, after);
	return 0;
}

int
spool_next(struct spool *sp, struct spool_record *out)
{
	for (;;) {
		struct segment_record rec;
		struct segment       *s;

		if (!sp->reading) {
			int got = start_reading(sp);

			if (got <= 0)
				return got;
		}
		s = &sp->segs[sp->read_at];
		if (read_record(sp, s, &rec) > 0) {
			sp->got_epoch = s->epoch;
			sp->got_seq = rec.seq;
			*out = (struct spool_record){ s->epoch, rec.seq, rec.data };
			return 1;
		}
		if (sp->reading && !is_last(sp, sp->read_at))
			spool_stop_reading(sp);
		else if (sp->reading)
			return 0;
	}
}

void
spool_ack(struct spool *sp, uint64_t epoch, uint64_t seq)
{
	if (epoch == spool_active(sp)->epoch && seq >= sp->durable)
		seq = sp->durable - 1; /* nobody can have what was not sent */
	for (size_t i = sp->n_segs; i-- > 0;) {
		struct segment *s = &sp->segs[i];

		if (s->epoch != epoch || seq < s->first - 1)
			continue;
		if (s->acked < seq)
			s->acked = seq;
		if (!is_last(sp, i) && s->last <= seq && spool_drop_segment(sp, i) < 0)
			log_warn("spool: cannot remove", "errno=%d", errno);
	}
}

size_t
spool_spans(const struct spool *sp, struct spool_span *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < sp->n_segs; i++) {
		const struct segment *s = &sp->segs[i];
		uint64_t first = s->acked >= s->first ? s->acked + 1 : s->first;

		if (n && out[n - 1].epoch == s->epoch) {
			out[n - 1].next = s->last + 1;
			continue;
		}
		if (n == max) /* the oldest ones and the current */
			n--;
		out[n++] = (struct spool_span){ s->epoch, first, s->last + 1 };
	}
	if (n) {
		out[n - 1].next = sp->durable;
		if (out[n - 1].first > sp->durable)
			out[n - 1].first = sp->durable;
	}
	return n;
}

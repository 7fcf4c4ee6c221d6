/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store_priv.h"
#include "collector/uuid.h"

#include <errno.h>
#include <string.h>

void
sensor_from_row(struct q *q, struct store_sensor *s)
{
	s->id = (uint32_t)q_get(q);
	s->site = (uint32_t)q_get(q);
	s->created_ns = q_get_u64(q);
	s->cert_until_ns = q_get_u64(q);
	s->revoked_ns = q_get_u64(q);
	s->heartbeat_ns = q_get_u64(q);
	s->event_ns = q_get_u64(q);
	s->gone_ns = q_get_u64(q);
	s->packets = q_get_u64(q);
	s->kernel_drops = q_get_u64(q);
	s->drops_ns = q_get_u64(q);
	s->spool_depth = q_get_u64(q);
	s->epoch = q_get_u64(q);
	s->seq = q_get_u64(q);
	s->duplicates = q_get_u64(q);
	s->packet_ns = q_get_u64(q);
	s->clock_offset_ms = q_get(q);
	s->interval_s = (uint32_t)q_get(q);
	q_copy_text(q, s->uuid, sizeof(s->uuid));
	q_copy_text(q, s->name, sizeof(s->name));
	q_copy_text(q, s->site_name, sizeof(s->site_name));
	q_copy_text(q, s->state, sizeof(s->state));
	q_copy_text(q, s->serial, sizeof(s->serial));
	q_copy_text(q, s->version, sizeof(s->version));
	q_copy_text(q, s->ruleset, sizeof(s->ruleset));
	q_copy_text(q, s->gone_why, sizeof(s->gone_why));
	q_copy_text(q, s->revoked_why, sizeof(s->revoked_why));
}

static int
one_sensor(struct q *q, struct store_sensor *out)
{
	bool found = q_row(q);

	memset(out, 0, sizeof(*out));
	if (found)
		sensor_from_row(q, out);
	if (q_end(q))
		return q->err;
	return found ? 0 : -ENOENT;
}

int
store_sensor_get(struct store *s, struct store_sensor *out, const char *name)
{
	struct q q = q_of(&s->main, SENSOR_SELECT "WHERE sensor.name=?");

	q_text(&q, name);
	return one_sensor(&q, out);
}

int
store_sensor_by_id(struct store *s, struct store_sensor *out, uint32_t id)
{
	struct q q = q_of(&s->main, SENSOR_SELECT "WHERE sensor.id=?");

	q_int(&q, id);
	return one_sensor(&q, out);
}

int
store_sensor_by_cert(struct store *s, struct store_sensor *out, const char *serial)
{
	struct q q = q_of(&s->main, "SELECT sensor,good FROM cert WHERE serial=?");
	uint32_t id = 0;
	bool     good = false;

	q_text(&q, serial);
	if (q_row(&q)) {
		id = (uint32_t)q_get(&q);
		good = q_get(&q) != 0;
	}
	if (q_end(&q))
		return q.err;
	if (!id)
		return -ENOENT;
	return good ? store_sensor_by_id(s, out, id) : -EACCES;
}

static int
site_of(struct store *s, const char *name, uint32_t *out)
{
	struct q q =
		q_of(&s->main, "INSERT INTO site(name) VALUES(?) ON CONFLICT DO NOTHING");
	int err;

	q_text(&q, name);
	err = q_done(&q);
	if (err)
		return err;
	q = q_of(&s->main, "SELECT id FROM site WHERE name=?");
	q_text(&q, name);
	*out = q_row(&q) ? (uint32_t)q_get(&q) : 0;
	return q_end(&q);
}

static int
sensor_insert(struct store *s, const char *name, uint32_t site)
{
	char     uuid[UUID_TEXT];
	struct q q = q_of(&s->main, "INSERT INTO sensor(uuid,name,site,state,created_ns)"
				    " VALUES(?,?,?,'pending',?)");

	uuid_make(uuid, s->now_ns);
	q_text(&q, uuid);
	q_text(&q, name);
	q_int(&q, site);
	q_u64(&q, s->now_ns);
	return q_done(&q);
}

/* A sensor that may be enrolled: new, still pending, or revoked at the same site. */
static int
sensor_to_enrol(struct store *s, const struct store_token *t, struct store_sensor *out)
{
	uint32_t site = 0;
	int      err = site_of(s, t->site, &site);

	if (!err)
		err = store_sensor_get(s, out, t->name);
	if (err == -ENOENT) {
		err = sensor_insert(s, t->name, site);
		if (!err)
			err = store_sensor_get(s, out, t->name);
	}
	/* One that got its certificate and never came may try again. */
	if (!err && (out->site != site ||
			    (strcmp(out->state, "active") == 0 && out->heartbeat_ns)))
		err = -EEXIST;
	return err;
}

int
store_token_add(struct store *s, const struct store_token *t)
{
	struct store_sensor sensor;
	struct q            q;
	int                 err = sensor_to_enrol(s, t, &sensor);

	if (err)
		return err;
	q = q_of(&s->main, "DELETE FROM token WHERE sensor=? AND used_ns=0");
	q_int(&q, sensor.id);
	err = q_done(&q);
	if (err)
		return err;
	q = q_of(
		&s->main, "INSERT INTO token(id,hash,sensor,expires_ns) VALUES(?,?,?,?)");
	q_text(&q, t->id);
	q_blob(&q, bytes_of(t->hash, sizeof(t->hash)));
	q_int(&q, sensor.id);
	q_u64(&q, t->expires_ns);
	return q_done(&q);
}

int
store_token_get(
	struct store *s, const char *id, uint8_t hash[static 32], uint32_t *sensor)
{
	struct q q = q_of(
		&s->main, "SELECT hash,sensor,expires_ns,used_ns FROM token WHERE id=?");
	struct bytes stored;
	int          err = -ENOENT;

	*sensor = 0;
	q_text(&q, id);
	if (q_row(&q)) {
		stored = q_get_blob(&q);
		*sensor = (uint32_t)q_get(&q);
		err = stored.left == 32 ? 0 : -EUCLEAN;
		if (!err)
			memcpy(hash, stored.at, 32);
		if (!err && q_get_u64(&q) <= s->now_ns)
			err = -ETIME;
		q.at = 3;
		if (!err && q_get(&q))
			err = -EALREADY;
	}
	return q_end(&q) ? q.err : err;
}

int
store_token_use(struct store *s, const char *id)
{
	struct q q = q_of(&s->main, "UPDATE token SET used_ns=? WHERE id=?");

	q_u64(&q, s->now_ns);
	q_text(&q, id);
	return q_done(&q);
}

int
store_cert_add(struct store *s, uint32_t sensor, const char *serial, uint64_t until_ns)
{
	struct q q =
		q_of(&s->main, "INSERT INTO cert(serial,sensor,until_ns) VALUES(?,?,?)");
	int err;

	q_text(&q, serial);
	q_int(&q, sensor);
	q_u64(&q, until_ns);
	err = q_done(&q);
	if (err)
		return err;
	q = q_of(&s->main,
		"UPDATE sensor SET state='active',serial=?,cert_until_ns=?,revoked_ns=0,"
		"revoked_why='' WHERE id=?");
	q_text(&q, serial);
	q_u64(&q, until_ns);
	q_int(&q, sensor);
	return q_done(&q);
}

int
store_sensor_revoke(struct store *s, uint32_t sensor, const char *why)
{
	struct q q = q_of(&s->main, "UPDATE cert SET good=0 WHERE sensor=?");
	int      err;

	q_int(&q, sensor);
	err = q_done(&q);
	if (err)
		return err;
	q = q_of(&s->main, "DELETE FROM token WHERE sensor=? AND used_ns=0");
	q_int(&q, sensor);
	err = q_done(&q);
	if (err)
		return err;
	q = q_of(&s->main, "UPDATE sensor SET state='revoked',revoked_ns=?,revoked_why=? "
			   "WHERE id=?");
	q_u64(&q, s->now_ns);
	q_text(&q, why);
	q_int(&q, sensor);
	return q_done(&q);
}

int
store_sensor_health(struct store *s, const struct store_sensor *h)
{
	struct q q = q_of(&s->main,
		"UPDATE sensor SET heartbeat_ns=?,gone_ns=?,packets=?,"
		"kernel_drops=?,drops_ns=?,spool_depth=?,packet_ns=?,"
		"clock_offset_ms=?,interval_s=?,version=?,ruleset=?,gone_why=?"
		" WHERE id=?");

	q_u64(&q, h->heartbeat_ns);
	q_u64(&q, h->gone_ns);
	q_u64(&q, h->packets);
	q_u64(&q, h->kernel_drops);
	q_u64(&q, h->drops_ns);
	q_u64(&q, h->spool_depth);
	q_u64(&q, h->packet_ns);
	q_int(&q, h->clock_offset_ms);
	q_int(&q, h->interval_s);
	q_text(&q, h->version);
	q_text(&q, h->ruleset);
	q_text(&q, h->gone_why);
	q_int(&q, h->id);
	return q_done(&q);
}

int
store_sensor_stored(struct store *s, uint32_t sensor, uint64_t epoch, uint64_t seq)
{
	struct q q = q_of(&s->main, "UPDATE sensor SET event_ns=?1,epoch=?2,seq=?3,"
				    "heartbeat_ns=max(heartbeat_ns,?1) WHERE id=?4");

	q_u64(&q, s->now_ns);
	q_u64(&q, epoch);
	q_u64(&q, seq);
	q_int(&q, sensor);
	return q_done(&q);
}

int
store_sensors_gone(struct store *s, const char *why)
{
	struct q q =
		q_of(&s->main, "UPDATE sensor SET gone_ns=?,gone_why=? WHERE gone_ns=0"
			       " AND heartbeat_ns>0");

	q_u64(&q, s->now_ns);
	q_text(&q, why);
	return q_done(&q);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which sequence numbers arrived, which were declared lost, which are missing. */
#include "collector/store_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define HOLES_MAX 65536 /* ranges of one epoch; a sensor that wants more is not well */
#define EPOCHS_MAX 4096 /* kept in memory between transactions */

/* One epoch of one sensor. */
struct epoch {
	struct epoch_key key;
	struct ranges    here;      /* stored or rejected: each was taken once */
	uint64_t         low, high; /* what this transaction took; none when low > high */
	uint64_t         duplicates;
	UT_hash_handle   hh;
};

struct ledger {
	struct epoch *epochs;
};

struct ledger *
ledger_new(void)
{
	return calloc(1, sizeof(struct ledger));
}

static void
epoch_free(struct epoch *e)
{
	ranges_release(&e->here);
	free(e);
}

void
ledger_forget(struct ledger *l)
{
	struct epoch *e, *next;

	HASH_ITER(hh, l->epochs, e, next)
	{
		HASH_DEL(l->epochs, e);
		epoch_free(e);
	}
}

void
ledger_free(struct ledger *l)
{
	if (!l)
		return;
	ledger_forget(l);
	free(l);
}

static int
load_ranges(struct db *db, struct epoch *e)
{
	struct q q = q_of(db, "SELECT first,last FROM ledger WHERE sensor=? AND epoch=?");
	int      err = 0;

	q_u64(&q, e->key.sensor);
	q_u64(&q, e->key.epoch);
	while (!err && q_row(&q)) {
		uint64_t first = q_get_u64(&q);

		err = ranges_add(&e->here, first, q_get_u64(&q));
	}
	return q_end(&q) ? q.err : err;
}

static void
nothing_taken(struct epoch *e)
{
	e->low = UINT64_MAX;
	e->high = 0;
	e->duplicates = 0;
}

static int
epoch_get(struct ledger *l, struct db *db, struct epoch **out, struct epoch_key key)
{
	struct epoch *e;
	int           err;

	HASH_FIND(hh, l->epochs, &key, sizeof(key), e);
	*out = e;
	if (e)
		return 0;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->key = key;
	nothing_taken(e);
	err = load_ranges(db, e);
	if (err) {
		epoch_free(e);
		return err;
	}
	HASH_ADD(hh, l->epochs, key, sizeof(key), e);
	*out = e;
	return 0;
}

static int
took(struct epoch *e, struct range seqs)
{
	e->low = seqs.first < e->low ? seqs.first : e->low;
	e->high = seqs.last > e->high ? seqs.last : e->high;
	return ranges_add(&e->here, seqs.first, seqs.last);
}

int
ledger_take(struct ledger *l, struct db *db, struct epoch_key key, uint64_t seq)
{
	struct epoch *e;
	int           err = epoch_get(l, db, &e, key);

	if (err)
		return err;
	if (seq == 0 || seq > INT64_MAX)
		return -EINVAL;
	if (ranges_has(&e->here, seq)) {
		e->duplicates++;
		return 0;
	}
	if (e->here.n >= HOLES_MAX)
		return -ENOBUFS;
	err = took(e, (struct range){seq, seq});
	return err ? err : 1;
}

int
ledger_take_range(
	struct ledger *l, struct db *db, struct epoch_key key, struct range seqs)
{
	struct epoch *e;
	int           err = epoch_get(l, db, &e, key);

	if (err)
		return err;
	return seqs.first == 0 || seqs.last > INT64_MAX ? -EINVAL : took(e, seqs);
}

int
ledger_position(struct ledger *l, struct db *db, struct epoch_key key, uint64_t *out)
{
	struct epoch *e;
	int           err = epoch_get(l, db, &e, key);

	*out = !err && e->here.n ? e->here.at[e->here.n - 1].last : 0;
	return err;
}

static int
put_range(struct db *db, const struct epoch *e, const struct range *r)
{
	struct q q = q_of(db, "INSERT INTO ledger VALUES(?,?,?,?)");

	q_u64(&q, e->key.sensor);
	q_u64(&q, e->key.epoch);
	q_u64(&q, r->first);
	q_u64(&q, r->last);
	return q_done(&q);
}

/* Numbers between low and high came in, so only rows that touch them can differ. */
static int
epoch_flush(struct db *db, struct epoch *e)
{
	uint64_t from = e->low - 1, upto = e->high + 1;
	size_t   i = ranges_from(&e->here, from);
	struct q q =
		q_of(db, "DELETE FROM ledger WHERE sensor=?1 AND epoch=?2 AND first<=?4"
			 " AND first>=coalesce((SELECT max(first) FROM ledger WHERE"
			 " sensor=?1 AND epoch=?2 AND first<=?3 AND last>=?3),?3)");
	int err;

	q_u64(&q, e->key.sensor);
	q_u64(&q, e->key.epoch);
	q_u64(&q, from);
	q_u64(&q, upto);
	err = q_done(&q);
	for (; !err && i < e->here.n && e->here.at[i].first <= upto; i++)
		err = put_range(db, e, &e->here.at[i]);
	return err;
}

static int
count_duplicates(struct db *db, const struct epoch *e)
{
	struct q q = q_of(db, "UPDATE sensor SET duplicates=duplicates+? WHERE id=?");

	q_u64(&q, e->duplicates);
	q_u64(&q, e->key.sensor);
	return q_done(&q);
}

int
ledger_flush(struct ledger *l, struct db *db)
{
	struct epoch *e, *next;
	int           err = 0;

	HASH_ITER(hh, l->epochs, e, next)
	{
		if (!err && e->low <= e->high)
			err = epoch_flush(db, e);
		if (!err && e->duplicates)
			err = count_duplicates(db, e);
		nothing_taken(e);
	}
	return err;
}

void
ledger_trim(struct ledger *l)
{
	if (HASH_COUNT(l->epochs) > EPOCHS_MAX)
		ledger_forget(l);
}

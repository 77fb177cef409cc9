#include "prune.h"
#include "clock.h"
#include "session.h"

static bool count_one(void *context, const struct enc_store_session *row)
{
	(void)row;
	(*(size_t *)context)++;
	return true;
}

enum enc_code enc_prune_count(struct enc_store *store, int64_t before_ms,
			      unsigned int limit, size_t *ret_count,
			      struct enc_error *err)
{
	size_t count = 0;
	enum enc_code code = enc_store_list_old(store, before_ms, limit,
						count_one, &count, err);

	*ret_count = count;
	return code;
}

/* The sessions of a change set that is composed. */
struct pruning {
	struct enc_store_change *change;
	const char *by;
	size_t count;
};

/* head_of() - the hash at the end of an audit line; "" if there is none */
static void head_of(const char *line, char ret_head[ENC_SHA256_HEX_BYTES])
{
	static const char end[] = "\"}";
	size_t digits = ENC_SHA256_HEX_BYTES - 1;
	size_t length = line == NULL ? 0 : strlen(line);

	ret_head[0] = '\0';
	if (length > digits + strlen(end)) {
		(void)snprintf(ret_head, ENC_SHA256_HEX_BYTES, "%.*s",
			       (int)digits,
			       line + length - strlen(end) - digits);
	}
}

static bool remove_one(void *context, const struct enc_store_session *row)
{
	struct pruning *pruning = context;
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SESSION_REMOVED);
	char head[ENC_SHA256_HEX_BYTES];
	char created[ENC_CLOCK_ISO_BYTES];

	head_of(row->last_line, head);
	enc_clock_iso(row->created_ms, created);
	enc_audit_put_string(&event, "orgId", row->org);
	enc_audit_put_string(&event, "session", row->id);
	enc_audit_put_string(&event, "head", head);
	enc_audit_put_string(&event, "createdAt", created);
	enc_audit_put_string(&event, "by", pruning->by);
	enc_store_remove_session(pruning->change, row->id);
	enc_store_append_admin(pruning->change, &event, enc_clock_wall_ms());
	pruning->count++;
	return true;
}

enum enc_code enc_prune_compose(struct enc_store *store, int64_t before_ms,
				const char *by, struct enc_store_change *change,
				size_t *ret_count, struct enc_error *err)
{
	struct pruning pruning = { .change = change, .by = by };
	enum enc_code code = enc_store_list_old(store, before_ms, ENC_PRUNE_MAX,
						remove_one, &pruning, err);

	*ret_count = pruning.count;
	return code;
}

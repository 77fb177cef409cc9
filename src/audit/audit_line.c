#include <errno.h>
#include <inttypes.h>

#include "audit_internal.h"
#include "audit_line.h"
#include "clock.h"
#include "hex.h"
#include "random.h"

/* piece_of() - make a piece from a C string */
static struct enc_audit_piece piece_of(const char *text)
{
	return (struct enc_audit_piece){ text, strlen(text) };
}

/* copy_id() - copy an id whose length was checked */
static void copy_id(char ret_id[ENC_AUDIT_ID_MAX_BYTES + 1],
		    struct enc_audit_piece id)
{
	ENC_ASSERT(id.length <= ENC_AUDIT_ID_MAX_BYTES);
	memcpy(ret_id, id.text, id.length);
	ret_id[id.length] = '\0';
}

enum enc_code enc_audit_chain_begin(struct enc_audit_chain *chain,
				    const struct enc_audit_genesis *genesis,
				    struct enc_buf *ret_genesis,
				    struct enc_error *err)
{
	ENC_AUTO(buf) text = ENC_BUF(ENC_AUDIT_GENESIS_MAX_BYTES);
	struct enc_audit_genesis_fields fields;
	struct enc_audit_refusal refusal;
	struct enc_sha256 *digest;
	int r;

	r = enc_buf_printf(
		&text,
		"{\"orgId\":\"%s\",\"sid\":\"%s\",\"requestSha256\":\"%s\","
		"\"policySha256\":\"%s\",\"environmentSha256\":\"%s\"}",
		genesis->org_id, genesis->sid, genesis->request_sha256,
		genesis->policy_sha256, genesis->environment_sha256);
	ENC_ASSERT(r == 0);
	ENC_MUST(enc_audit_parse_genesis((const char *)enc_buf_bytes(&text),
					 text.length, &fields, &refusal));
	if (enc_buf_append(ret_genesis, enc_buf_bytes(&text), text.length) <
	    0) {
		return enc_fail(err, ENC_LIMIT, "no room for the genesis");
	}
	*chain = (struct enc_audit_chain){ 0 };
	copy_id(chain->sid, fields.sid);
	digest = enc_sha256_new();
	enc_audit_hash_genesis(digest,
			       (struct enc_audit_piece){
				       (const char *)enc_buf_bytes(&text),
				       text.length },
			       chain->head);
	enc_sha256_free(digest);
	return ENC_OK;
}

/* The contents of a line that don't come from the chain. */
struct parts {
	const char *type;
	int64_t wall_ms;
	struct enc_audit_piece data;
};

/*
 * compose() - write a stored line and its hash; returns 0 or the failure of the
 * buffer
 */
static int compose(const struct enc_audit_chain *chain,
		   const struct parts *parts, struct enc_buf *line,
		   char ret_hash[ENC_SHA256_HEX_BYTES])
{
	uint8_t salt[ENC_AUDIT_SALT_BYTES];
	char salt_hex[2 * ENC_AUDIT_SALT_BYTES + 1];
	char data_hash[ENC_SHA256_HEX_BYTES];
	char time_text[ENC_CLOCK_ISO_BYTES];
	struct enc_sha256 *digest = enc_sha256_new();
	struct enc_audit_piece header;
	int r;

	if (chain->salt == NULL) {
		enc_random_bytes(salt, sizeof(salt));
	} else {
		chain->salt(salt, sizeof(salt));
	}
	enc_hex_encode(salt, sizeof(salt), salt_hex);
	enc_clock_iso(parts->wall_ms, time_text);
	enc_audit_hash_data(digest, piece_of(salt_hex), parts->data, data_hash);
	r = enc_buf_printf(line,
			   "{\"v\":%d,\"sid\":\"%s\",\"seq\":%" PRIu64
			   ",\"ts\":\"%s\",\"type\":\"%s\","
			   "\"dataSha256\":\"%s\",\"prev\":\"%s\"",
			   ENC_AUDIT_VERSION, chain->sid, chain->next_seq,
			   time_text, parts->type, data_hash, chain->head);
	if (r == 0) {
		header.text = (const char *)enc_buf_bytes(line);
		header.length = line->length;
		enc_audit_hash_header(digest, header, ret_hash);
		r = enc_buf_printf(line,
				   ",\"salt\":\"%s\",\"data\":%.*s,"
				   "\"hash\":\"%s\"}",
				   salt_hex, (int)parts->data.length,
				   parts->data.text, ret_hash);
	}
	enc_sha256_free(digest);
	return r;
}

/* append() - append a line with any event; on failure the chain is unchanged */
static enum enc_code append(struct enc_audit_chain *chain,
			    struct enc_audit_event *event, int64_t wall_ms,
			    struct enc_buf *line, struct enc_error *err)
{
	ENC_AUTO(buf) made = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	struct parts parts = { .wall_ms = wall_ms };
	char hash[ENC_SHA256_HEX_BYTES];

	parts.type = enc_audit_type_info(event->type)->name;
	if (enc_audit_event_finish(event, &parts.data.text,
				   &parts.data.length) < 0) {
		return enc_fail(err, ENC_LIMIT, "event %s is too large",
				parts.type);
	}
	if (chain->sealed) {
		return enc_fail(err, ENC_CONFLICT,
				"the audit chain of %s is sealed", chain->sid);
	}
	if (chain->next_seq >= ENC_AUDIT_INT_MAX ||
	    compose(chain, &parts, &made, hash) < 0 ||
	    enc_buf_append(line, enc_buf_bytes(&made), made.length) < 0) {
		return enc_fail(err, ENC_LIMIT,
				"no room for event %s in the audit of %s",
				parts.type, chain->sid);
	}
	memcpy(chain->head, hash, sizeof(hash));
	chain->next_seq++;
	/* The line has no earlier time either. */
	chain->last_ms = ENC_MAX(wall_ms, (int64_t)0);
	chain->sealed = event->type == ENC_AUDIT_SESSION_SEALED;
	return ENC_OK;
}

enum enc_code enc_audit_chain_append(struct enc_audit_chain *chain,
				     struct enc_audit_event *event,
				     int64_t wall_ms, struct enc_buf *line,
				     struct enc_error *err)
{
	ENC_ASSERT(event->type != ENC_AUDIT_SESSION_SEALED);
	ENC_ASSERT(enc_audit_type_info(event->type)->admin == chain->admin);
	return append(chain, event, wall_ms, line, err);
}

enum enc_code enc_audit_chain_seal(struct enc_audit_chain *chain,
				   const char *outcome, int64_t wall_ms,
				   struct enc_buf *line, struct enc_error *err)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SESSION_SEALED);

	enc_audit_put_int(&event, "count", (int64_t)chain->next_seq + 1);
	enc_audit_put_string(&event, "outcome", outcome);
	return append(chain, &event, wall_ms, line, err);
}

/* holds() - whether the hashes in a parsed line match its header and data */
static bool holds(const struct enc_audit_fields *fields)
{
	struct enc_sha256 *digest = enc_sha256_new();
	char hash[ENC_SHA256_HEX_BYTES];
	bool good;

	enc_audit_hash_header(digest, fields->header, hash);
	good = enc_audit_equal(fields->hash, hash);
	if (good && fields->data.text != NULL) {
		enc_audit_hash_data(digest, fields->salt, fields->data, hash);
		good = enc_audit_equal(fields->data_sha256, hash);
	}
	enc_sha256_free(digest);
	return good;
}

enum enc_code enc_audit_chain_resume(struct enc_audit_chain *chain,
				     const char *line, size_t length,
				     struct enc_error *err)
{
	struct enc_audit_genesis_fields genesis;
	struct enc_audit_fields fields;
	struct enc_audit_refusal refusal;
	struct enc_audit_chain next = { 0 };

	if (enc_audit_parse_genesis(line, length, &genesis, &refusal) == 0) {
		struct enc_sha256 *digest = enc_sha256_new();

		enc_audit_hash_genesis(digest,
				       (struct enc_audit_piece){ line, length },
				       next.head);
		enc_sha256_free(digest);
		copy_id(next.sid, genesis.sid);
	} else if (enc_audit_parse_line(line, length, &fields, &refusal) == 0 &&
		   holds(&fields)) {
		copy_id(next.sid, fields.sid);
		next.next_seq = fields.seq + 1;
		next.last_ms = fields.ts_ms;
		memcpy(next.head, fields.hash.text, fields.hash.length);
		next.sealed = enc_audit_equal(
			fields.type,
			enc_audit_type_info(ENC_AUDIT_SESSION_SEALED)->name);
	} else {
		return enc_fail(err, ENC_INTERNAL,
				"the last stored audit line is damaged");
	}
	*chain = next;
	return ENC_OK;
}

enum enc_code enc_audit_line_erase(const char *line, size_t length,
				   struct enc_buf *erased,
				   struct enc_error *err)
{
	struct enc_audit_fields fields;
	struct enc_audit_refusal refusal;

	if (enc_audit_parse_line(line, length, &fields, &refusal) < 0) {
		return enc_fail(err, ENC_INTERNAL,
				"a damaged audit line can't be erased");
	}
	if (enc_buf_printf(erased,
			   "%.*s,\"salt\":null,\"data\":null,"
			   "\"hash\":\"%.*s\"}",
			   (int)fields.header.length, fields.header.text,
			   (int)fields.hash.length, fields.hash.text) < 0) {
		return enc_fail(err, ENC_LIMIT, "no room for an erased line");
	}
	return ENC_OK;
}

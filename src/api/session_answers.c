#include "session_answers.h"
#include "json.h"
#include "result_pieces.h"

enum { PAGE_LINES = 64, PAGE_BYTES = 32 * 1024 };

/* ---- a session, or its result alone ---- */

struct result_source {
	struct enc_api_source base;
	char id[ENC_SESSION_ID_BYTES];
	struct enc_buf head; /* JSON text in front of the result */
	const char *tail;    /* JSON text behind the result */
	bool read;	     /* read the result in pieces; false: head has it */
	struct enc_result_pieces pieces;
};

static enum enc_code next_result(struct enc_api_source *source,
				 struct enc_buf *out, bool *ret_done,
				 struct enc_error *err)
{
	struct result_source *result =
		ENC_HOLDER(source, struct result_source, base);
	enum enc_code code = ENC_OK;

	ENC_MUST(enc_buf_append(out, enc_buf_bytes(&result->head),
				result->head.length));
	enc_buf_done(&result->head);
	if (result->read) {
		code = enc_result_pieces_next(&result->pieces, out, err);
	}
	*ret_done = !result->read || result->pieces.part == ENC_RESULT_DONE;
	if (*ret_done) {
		ENC_API_PRINT(out, "%s", result->tail);
	}
	return code;
}

static void result_done(struct enc_api_source *source)
{
	enc_buf_done(&ENC_HOLDER(source, struct result_source, base)->head);
}

static struct result_source *
result_source_new(const struct enc_api_asker *asker,
		  const struct enc_session *session)
{
	struct result_source *result = enc_xalloc(sizeof(*result));

	result->base.next = next_result;
	result->base.done = result_done;
	(void)snprintf(result->id, sizeof(result->id), "%s", session->id);
	result->head = ENC_BUF(ENC_STORE_RECORD_MAX_BYTES + 4096 +
			       ENC_RESULT_PIECE_MAX_BYTES);
	result->tail = "";
	result->read = true;
	result->pieces.store = asker->api->options.store;
	result->pieces.session = result->id;
	return result;
}

void enc_api_answer_session(const struct enc_api_asker *asker, int status,
			    const struct enc_session *session, bool with_result)
{
	struct result_source *result = result_source_new(asker, session);

	enc_session_write_head(session, &result->head);
	result->tail = "}";
	if (!with_result) {
		ENC_API_PRINT(&result->head, "null");
	}
	result->read =
		with_result && !enc_result_write_live(session, &result->head);
	enc_api_answer(asker, status, "application/json", &result->base);
}

void enc_api_answer_result(const struct enc_api_asker *asker,
			   const struct enc_session *session)
{
	enc_api_answer(asker, 200, "application/json",
		       &result_source_new(asker, session)->base);
}

/* ---- the audit log ---- */

struct audit_source {
	struct enc_api_source base;
	struct enc_store *store;
	char id[ENC_SESSION_ID_BYTES];
	char genesis[ENC_AUDIT_GENESIS_MAX_BYTES + 1];
	bool bundle; /* write the bare lines; else one JSON object */
	bool sealed;
	size_t lines; /* number of lines to write */
	size_t written;
	bool damaged; /* the next line isn't valid JSON */
	uint64_t next_seq;
	struct enc_buf *out; /* the buffer for the current page */
};

static bool write_line(void *context, const struct enc_store_entry *entry)
{
	struct audit_source *audit = context;

	/* A bundle has the stored bytes, also damaged ones: verifiers judge. */
	if (!audit->bundle &&
	    enc_json_check((const char *)entry->data, entry->length, NULL) !=
		    ENC_JSON_FINE) {
		audit->damaged = true;
		return false;
	}
	if (!audit->bundle && audit->written > 0) {
		ENC_API_PRINT(audit->out, ",");
	}
	ENC_MUST(enc_buf_append(audit->out, entry->data, entry->length));
	if (audit->bundle) {
		ENC_API_PRINT(audit->out, "\n");
	}
	audit->next_seq = entry->seq + 1;
	audit->written++;
	return true;
}

static enum enc_code next_lines(struct enc_api_source *source,
				struct enc_buf *out, bool *ret_done,
				struct enc_error *err)
{
	struct audit_source *audit =
		ENC_HOLDER(source, struct audit_source, base);
	size_t left = audit->lines - audit->written;
	const struct enc_store_page page = {
		.from_seq = audit->next_seq,
		.kinds = 1U << ENC_ENTRY_AUDIT,
		.max_entries = ENC_MIN(left, (size_t)PAGE_LINES),
		.max_bytes = PAGE_BYTES,
	};
	enum enc_code code = ENC_OK;

	if (audit->next_seq == 0) {
		ENC_API_PRINT(out,
			      audit->bundle ? "%s\n"
					    : "{\"genesis\":%s,\"events\":[",
			      audit->genesis);
	}
	audit->next_seq += audit->next_seq == 0;
	audit->out = out;
	if (left > 0) {
		code = enc_store_read_entries(audit->store, audit->id, &page,
					      write_line, audit, err);
	}
	if (code == ENC_OK && audit->damaged) {
		return enc_fail(err, ENC_INTERNAL,
				"session %s: line %zu of the audit log is "
				"damaged; ask for format=bundle",
				audit->id, audit->written);
	}
	if (code == ENC_OK && left > 0 &&
	    audit->written + left == audit->lines) {
		return enc_fail(err, ENC_INTERNAL,
				"the store lacks lines of the audit log of %s",
				audit->id);
	}
	*ret_done = audit->written == audit->lines;
	if (*ret_done && !audit->bundle) {
		ENC_API_PRINT(out, "],\"sealed\":%s}",
			      audit->sealed ? "true" : "false");
	}
	return code;
}

void enc_api_answer_audit(const struct enc_api_asker *asker,
			  const struct enc_session *session, bool bundle)
{
	struct audit_source *audit = enc_xalloc(sizeof(*audit));

	audit->base.next = next_lines;
	audit->store = asker->api->options.store;
	(void)snprintf(audit->id, sizeof(audit->id), "%s", session->id);
	(void)snprintf(audit->genesis, sizeof(audit->genesis), "%s",
		       session->genesis);
	audit->bundle = bundle;
	audit->sealed = session->sealed;
	audit->lines = session->durable_lines;
	enc_api_answer(asker, 200,
		       bundle ? "application/x-ndjson" : "application/json",
		       &audit->base);
}

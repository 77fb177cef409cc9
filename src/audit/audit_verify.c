#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>

#include "audit_internal.h"
#include "audit_verify.h"
#include "buf.h"
#include "ed25519.h"
#include "hex.h"

/*
 * Theory of operation
 *
 * A bundle is read line by line. A line is copied only if it is split between
 * two feeds. The first fault decides the verdict. If a sequence number is
 * missing, the rest of the bundle decides about the message: the missing line
 * either follows later, so lines are out of order, or it was removed. This
 * search keeps no lines, only two numbers.
 */

enum state {
	WANT_GENESIS,
	WANT_LINE,
	SEALED,
	SEARCHING, /* tampered; the missing line may still follow */
	FAILED,	   /* reading has ended; the report is complete */
};

enum { FIRST_BYTES = 512 };

struct enc_audit_verifier {
	enum state state;
	struct enc_audit_report report;
	struct enc_sha256 *digest;
	struct enc_buf partial; /* a line whose end wasn't fed yet */
	uint64_t line;		/* number of the current line, from 1 */
	uint64_t offset;	/* offset of the current line's first byte */
	uint64_t missing;	/* SEARCHING: the missing sequence number */
	uint64_t before; /* SEARCHING: sequence number of the previous line */
	/* The first bytes of the file: they tell whether it is a bundle. */
	uint8_t first[FIRST_BYTES];
	size_t first_length;
};

static const struct verdict_row {
	enum enc_audit_verdict verdict;
	const char *name;
} verdict_rows[] = {
	{ ENC_AUDIT_VERDICT_OK, "ok" },
	{ ENC_AUDIT_VERDICT_TAMPERED, "tampered" },
	{ ENC_AUDIT_VERDICT_OPEN, "open" },
	{ ENC_AUDIT_VERDICT_VERSION, "unknown_version" },
	{ ENC_AUDIT_VERDICT_NO_BUNDLE, "no_bundle" },
	{ ENC_AUDIT_VERDICT_OTHER_HEAD, "other_head" },
	{ ENC_AUDIT_VERDICT_ERASED, "erased" },
	{ ENC_AUDIT_VERDICT_NOT_SIGNED, "not_signed" },
};

const char *enc_audit_verdict_name(enum enc_audit_verdict verdict)
{
	for (size_t i = 0; i < ENC_COUNT(verdict_rows); i++) {
		if (verdict_rows[i].verdict == verdict) {
			return verdict_rows[i].name;
		}
	}
	return "?";
}

/* conclude() - set the verdict, with the position of the current line */
static void ENC_PRINTF(4, 5)
	conclude(struct enc_audit_verifier *v, enum state next,
		 enum enc_audit_verdict verdict, const char *format, ...)
{
	va_list args;

	v->state = next;
	v->report.verdict = verdict;
	v->report.line = v->line;
	v->report.offset = v->offset;
	va_start(args, format);
	(void)vsnprintf(v->report.message, sizeof(v->report.message), format,
			args);
	va_end(args);
}

/* conclude_whole() - set a verdict that no line is the reason of */
static void ENC_PRINTF(3, 4)
	conclude_whole(struct enc_audit_report *report,
		       enum enc_audit_verdict verdict, const char *format, ...)
{
	va_list args;

	report->verdict = verdict;
	report->line = 0;
	report->offset = 0;
	va_start(args, format);
	(void)vsnprintf(report->message, sizeof(report->message), format, args);
	va_end(args);
}

#define TAMPERED(v, ...) \
	conclude((v), FAILED, ENC_AUDIT_VERDICT_TAMPERED, __VA_ARGS__)

/* keep_id() - copy an id into the report; a parsed id always fits */
static void keep_id(char ret_id[ENC_AUDIT_ID_MAX_BYTES + 1],
		    struct enc_audit_piece id)
{
	memcpy(ret_id, id.text, id.length);
	ret_id[id.length] = '\0';
}

/* take_genesis() - verify the first line */
static void take_genesis(struct enc_audit_verifier *v,
			 struct enc_audit_piece line)
{
	struct enc_audit_genesis_fields fields;
	struct enc_audit_refusal refusal;

	if (enc_audit_parse_genesis(line.text, line.length, &fields, &refusal) <
	    0) {
		TAMPERED(v, "line 1 is no genesis: at byte %zu, not %s",
			 refusal.at, refusal.wanted);
		return;
	}
	keep_id(v->report.org_id, fields.org_id);
	keep_id(v->report.sid, fields.sid);
	enc_audit_hash_genesis(v->digest, line, v->report.head);
	v->state = WANT_LINE;
}

/* parse() - parse a line; on failure set the verdict and return false */
static bool parse(struct enc_audit_verifier *v, struct enc_audit_piece line,
		  struct enc_audit_fields *fields)
{
	struct enc_audit_refusal refusal;
	int r = enc_audit_parse_line(line.text, line.length, fields, &refusal);

	if (r == -EPROTONOSUPPORT && v->report.events == 0) {
		conclude(v, FAILED, ENC_AUDIT_VERDICT_VERSION,
			 "line %" PRIu64 " is of version %" PRIu64
			 ", this verifier knows %d",
			 v->line, fields->version, ENC_AUDIT_VERSION);
	} else if (r == -EPROTONOSUPPORT) {
		TAMPERED(v,
			 "line %" PRIu64 " is of version %" PRIu64
			 ", those before it of %d",
			 v->line, fields->version, ENC_AUDIT_VERSION);
	} else if (r < 0) {
		TAMPERED(v,
			 "line %" PRIu64 " has not the canonical form: at byte "
			 "%zu, not %s",
			 v->line, refusal.at, refusal.wanted);
	}
	return r == 0;
}

/* header_holds() - whether a line's hash matches its header */
static bool header_holds(struct enc_audit_verifier *v,
			 const struct enc_audit_fields *fields)
{
	char hash[ENC_SHA256_HEX_BYTES];

	enc_audit_hash_header(v->digest, fields->header, hash);
	return enc_audit_equal(fields->hash, hash);
}

/*
 * data_holds() - whether a line's data matches the hash in its header, or was
 * erased
 */
static bool data_holds(struct enc_audit_verifier *v,
		       const struct enc_audit_fields *fields)
{
	char hash[ENC_SHA256_HEX_BYTES];

	if (fields->data.text == NULL) {
		return true;
	}
	enc_audit_hash_data(v->digest, fields->salt, fields->data, hash);
	return enc_audit_equal(fields->data_sha256, hash);
}

/*
 * in_order() - check that a sequence number is the next one; if not, set the
 * verdict and return false
 */
static bool in_order(struct enc_audit_verifier *v, uint64_t seq)
{
	uint64_t next = v->report.events;

	if (seq == next) {
		return true;
	}
	if (seq > next) {
		v->missing = next;
		v->before = seq;
		conclude(v, SEARCHING, ENC_AUDIT_VERDICT_TAMPERED,
			 "seq %" PRIu64 " is missing: line %" PRIu64
			 " has seq %" PRIu64,
			 next, v->line, seq);
	} else if (seq + 1 == next) {
		TAMPERED(v, "line %" PRIu64 " repeats seq %" PRIu64, v->line,
			 seq);
	} else {
		TAMPERED(v,
			 "line %" PRIu64 " is out of order: seq %" PRIu64
			 " after %" PRIu64,
			 v->line, seq, next - 1);
	}
	return false;
}

/*
 * seal_holds() - check that the seal states the right count of lines; if not,
 * set the verdict and return false
 */
static bool seal_holds(struct enc_audit_verifier *v,
		       const struct enc_audit_fields *fields)
{
	uint64_t count = 0;

	if (fields->data.text == NULL) {
		/* The seal's data was erased, so there is no count to check. */
		return true;
	}
	if (enc_audit_parse_count(fields->data, &count) < 0) {
		TAMPERED(v, "line %" PRIu64 ": the seal states no count",
			 v->line);
		return false;
	}
	if (count != fields->seq + 1) {
		TAMPERED(v,
			 "line %" PRIu64 ": the seal counts %" PRIu64
			 " events, there are %" PRIu64,
			 v->line, count, fields->seq + 1);
		return false;
	}
	return true;
}

/*
 * links() - check that a line continues the chain; if not, set the verdict and
 * return false
 */
static bool links(struct enc_audit_verifier *v,
		  const struct enc_audit_fields *fields)
{
	uint64_t line = v->line;
	uint64_t seq = fields->seq;

	if (!header_holds(v, fields)) {
		TAMPERED(v,
			 "line %" PRIu64 " (seq %" PRIu64
			 "): hash does not match its content",
			 line, seq);
		return false;
	}
	if (!enc_audit_equal(fields->sid, v->report.sid)) {
		TAMPERED(v,
			 "line %" PRIu64 " (seq %" PRIu64
			 ") is of session %.*s, not of %s",
			 line, seq, (int)fields->sid.length, fields->sid.text,
			 v->report.sid);
		return false;
	}
	if (!in_order(v, seq)) {
		return false;
	}
	if (!enc_audit_equal(fields->prev, v->report.head)) {
		TAMPERED(v,
			 "line %" PRIu64 " (seq %" PRIu64
			 "): prev is not the hash of the %s",
			 line, seq, seq == 0 ? "genesis" : "line before");
		return false;
	}
	if (!data_holds(v, fields)) {
		TAMPERED(v,
			 "line %" PRIu64 " (seq %" PRIu64
			 "): data does not match its dataSha256",
			 line, seq);
		return false;
	}
	return true;
}

/* take_event() - verify a line of the chain */
static void take_event(struct enc_audit_verifier *v,
		       struct enc_audit_piece line)
{
	struct enc_audit_fields fields;
	bool seal;

	if (!parse(v, line, &fields) || !links(v, &fields)) {
		return;
	}
	seal = enc_audit_equal(
		fields.type,
		enc_audit_type_info(ENC_AUDIT_SESSION_SEALED)->name);
	if (seal && !seal_holds(v, &fields)) {
		return;
	}
	v->report.events++;
	v->report.erased += fields.data.text == NULL ? 1 : 0;
	v->report.last_ms = fields.ts_ms;
	memcpy(v->report.head, fields.hash.text, fields.hash.length);
	if (seal) {
		v->state = SEALED;
	}
}

/* search() - look for the missing line after a gap */
static void search(struct enc_audit_verifier *v, struct enc_audit_piece line)
{
	struct enc_audit_fields fields;
	struct enc_audit_refusal refusal;

	if (enc_audit_parse_line(line.text, line.length, &fields, &refusal) <
		    0 ||
	    !enc_audit_equal(fields.sid, v->report.sid) ||
	    !header_holds(v, &fields)) {
		v->state = FAILED;
		return;
	}
	if (fields.seq == v->missing) {
		TAMPERED(v,
			 "line %" PRIu64 " is out of order: seq %" PRIu64
			 " after %" PRIu64,
			 v->line, fields.seq, v->before);
	}
	v->before = fields.seq;
}

/* take() - verify one line, given without its LF */
static void take(struct enc_audit_verifier *v, const uint8_t *bytes,
		 size_t length)
{
	struct enc_audit_piece line = { (const char *)bytes, length };

	v->line++;
	switch (v->state) {
	case WANT_GENESIS:
		take_genesis(v, line);
		break;
	case WANT_LINE:
		take_event(v, line);
		break;
	case SEALED:
		TAMPERED(v, "line %" PRIu64 " comes after the seal", v->line);
		break;
	case SEARCHING:
		search(v, line);
		break;
	case FAILED:
		break;
	}
	v->offset += length + 1;
}

/* too_long() - handle a line above the size limit */
static void too_long(struct enc_audit_verifier *v)
{
	bool searching = v->state == SEARCHING;

	v->line++;
	if (!searching) {
		TAMPERED(v, "line %" PRIu64 " is longer than %d bytes", v->line,
			 ENC_AUDIT_LINE_MAX_BYTES);
	}
	v->state = FAILED;
}

/*
 * hold() - append a part of a line to the held part; false if the line is too
 * long
 */
static bool hold(struct enc_audit_verifier *v, const uint8_t *bytes,
		 size_t length)
{
	if (enc_buf_append(&v->partial, bytes, length) < 0) {
		too_long(v);
		return false;
	}
	return true;
}

/* keep_first() - copy what @bytes has of the file's first bytes */
static void keep_first(struct enc_audit_verifier *v, const uint8_t *bytes,
		       size_t length)
{
	size_t count = ENC_MIN(length, sizeof(v->first) - v->first_length);

	if (count > 0) {
		memcpy(v->first + v->first_length, bytes, count);
		v->first_length += count;
	}
}

/*
 * looks_like_bundle() - whether the file's first bytes have a member that each
 * line of a bundle has; damage to one place can't remove both members
 */
static bool looks_like_bundle(const struct enc_audit_verifier *v)
{
	static const char *const members[] = { "\"orgId\":\"", "\"sid\":\"" };

	for (size_t i = 0; i < ENC_COUNT(members); i++) {
		if (memmem(v->first, v->first_length, members[i],
			   strlen(members[i])) != NULL) {
			return true;
		}
	}
	return false;
}

void enc_audit_verifier_feed(struct enc_audit_verifier *v, const uint8_t *bytes,
			     size_t length)
{
	keep_first(v, bytes, length);
	while (length > 0 && v->state != FAILED) {
		const uint8_t *end = memchr(bytes, '\n', length);
		size_t taken = end == NULL ? length : (size_t)(end - bytes);

		if (end == NULL) {
			/* The function too_long() has set the verdict. */
			ENC_IGNORE(hold(v, bytes, taken));
			return;
		}
		if (v->partial.length > 0) {
			if (!hold(v, bytes, taken)) {
				return;
			}
			take(v, enc_buf_bytes(&v->partial), v->partial.length);
			enc_buf_clear(&v->partial);
		} else if (taken > ENC_AUDIT_LINE_MAX_BYTES) {
			too_long(v);
		} else {
			take(v, bytes, taken);
		}
		bytes += taken + 1;
		length -= taken + 1;
	}
}

/*
 * close_chain() - after the last line of a bundle without a bad line: set the
 * verdict whether the chain is complete and sealed
 */
static void close_chain(struct enc_audit_verifier *v)
{
	uint64_t events = v->report.events;

	if (v->state == WANT_GENESIS) {
		v->line = 1;
		TAMPERED(v, "there is no genesis line");
	} else if (v->state == WANT_LINE) {
		v->line++;
		conclude(v, FAILED, ENC_AUDIT_VERDICT_OPEN,
			 "chain is not sealed after %" PRIu64
			 " events: the tail may be cut",
			 events);
	} else {
		char erased[48] = "";

		if (v->report.erased > 0) {
			(void)snprintf(erased, sizeof(erased),
				       ", %" PRIu64 " of them erased later",
				       v->report.erased);
		}
		conclude_whole(&v->report, ENC_AUDIT_VERDICT_OK,
			       "%" PRIu64 " events, sealed%s", events, erased);
	}
}

void enc_audit_verifier_end(struct enc_audit_verifier *v,
			    struct enc_audit_report *ret_report)
{
	bool decided = v->state == SEARCHING || v->state == FAILED;

	if (!decided && v->partial.length > 0) {
		v->line++;
		TAMPERED(v, "line %" PRIu64 " is cut: it has no end", v->line);
	} else if (!decided) {
		close_chain(v);
	}
	if (v->report.verdict == ENC_AUDIT_VERDICT_TAMPERED &&
	    v->report.line <= 1 && !looks_like_bundle(v)) {
		conclude_whole(&v->report, ENC_AUDIT_VERDICT_NO_BUNDLE,
			       "this is no audit bundle; `enclave audit export "
			       "SESSION` writes one");
	}
	*ret_report = v->report;
}

void enc_audit_report_require(struct enc_audit_report *report, const char *head,
			      bool all)
{
	if (report->verdict != ENC_AUDIT_VERDICT_OK &&
	    report->verdict != ENC_AUDIT_VERDICT_OPEN) {
		return;
	}
	if (head != NULL && strcmp(head, report->head) != 0) {
		conclude_whole(report, ENC_AUDIT_VERDICT_OTHER_HEAD,
			       "the log ends with head %s, not with the wanted "
			       "one: it is another log, or was rebuilt",
			       report->head);
	} else if (all && report->erased > 0) {
		conclude_whole(report, ENC_AUDIT_VERDICT_ERASED,
			       "%" PRIu64 " of %" PRIu64
			       " events were erased; their places and hashes "
			       "are whole",
			       report->erased, report->events);
	}
}

void enc_audit_report_signed(
	struct enc_audit_report *report,
	const uint8_t key[ENC_SIGNED_HEAD_KEY_BYTES],
	const uint8_t signature[ENC_SIGNED_HEAD_SIGNATURE_BYTES])
{
	struct enc_signed_head head = { .org = report->org_id,
					.session = report->sid,
					.count = report->events,
					.time_ms = report->last_ms };
	uint8_t text[ENC_SIGNED_HEAD_MAX_BYTES];
	size_t length;

	if (report->verdict != ENC_AUDIT_VERDICT_OK) {
		return;
	}
	ENC_MUST(enc_hex_decode(report->head, strlen(report->head), head.hash));
	length = enc_signed_head_write(&head, text);
	report->is_signed = enc_ed25519_verify(key, text, length, signature);
	if (!report->is_signed) {
		conclude_whole(report, ENC_AUDIT_VERDICT_NOT_SIGNED,
			       "the signature is not one of this log with this "
			       "key: it is another log, was rebuilt, or comes "
			       "from another server");
	}
}

struct enc_audit_verifier *enc_audit_verifier_new(void)
{
	struct enc_audit_verifier *v = enc_xalloc(sizeof(*v));

	v->digest = enc_sha256_new();
	v->partial = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	return v;
}

void enc_audit_verifier_free(struct enc_audit_verifier *v)
{
	if (v != NULL) {
		enc_sha256_free(v->digest);
		enc_buf_done(&v->partial);
		free(v);
	}
}

void enc_audit_verify(const uint8_t *bytes, size_t length,
		      struct enc_audit_report *ret_report)
{
	struct enc_audit_verifier *v = enc_audit_verifier_new();

	enc_audit_verifier_feed(v, bytes, length);
	enc_audit_verifier_end(v, ret_report);
	enc_audit_verifier_free(v);
}

#include <errno.h>

#include "audit_internal.h"
#include "audit_line.h"
#include "json.h"

enum { HASH_DIGITS = ENC_SHA256_HEX_BYTES - 1, TYPE_MAX_BYTES = 64 };

/*
 * A stored line ends with this key, 64 digits and "}. So the end of the data is
 * known from the end of the line.
 */
static const char hash_key[] = ",\"hash\":\"";
enum { HASH_TAIL_BYTES = sizeof(hash_key) - 1 + HASH_DIGITS + 2 };

/* ---- the canonical spelling of JSON ---- */

/* escape_length() - return the length of a canonical escape; 0 for any other */
static size_t escape_length(const char *text, size_t left)
{
	unsigned int point = 0;

	if (left >= 2 && text[1] != '\0' &&
	    strchr("\"\\bfnrt", text[1]) != NULL) {
		return 2;
	}
	if (left < 6 || text[1] != 'u') {
		return 0;
	}
	for (size_t i = 2; i < 6; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *found = memchr(digits, text[i], sizeof(digits) - 1);

		if (found == NULL) {
			return 0;
		}
		point = point * 16 + (unsigned int)(found - digits);
	}
	/* A character with a shorter spelling must use the shorter one. */
	if ((point >= ' ' && point <= '~') ||
	    (point > 0 && point < ' ' &&
	     strchr("\b\f\n\r\t", (int)point) != NULL)) {
		return 0;
	}
	return 6;
}

/*
 * string_length() - return the length of a string with its quotes; 0 if it
 * isn't canonical
 */
static size_t string_length(const char *text, size_t left)
{
	size_t at = 1;

	while (at < left && text[at] != '"') {
		size_t taken = 1;

		if (text[at] < ' ' || text[at] > '~') {
			return 0;
		}
		if (text[at] == '\\') {
			taken = escape_length(text + at, left - at);
		}
		if (taken == 0) {
			return 0;
		}
		at += taken;
	}
	return at < left ? at + 1 : 0;
}

/*
 * uint_length() - return the length of an integer below 2^53 without leading
 * zero; 0 if there is none
 */
static size_t uint_length(const char *text, size_t left, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i = 0;

	while (i < left && i < 17 && text[i] >= '0' && text[i] <= '9') {
		value = value * 10 + (uint64_t)(text[i] - '0');
		i++;
	}
	if (value > ENC_AUDIT_INT_MAX || (text[0] == '0' && i > 1)) {
		return 0;
	}
	*ret_value = value;
	return i;
}

/*
 * token_length() - return the length of a string, an integer, or one byte of
 * anything else; 0 if it isn't canonical
 */
static size_t token_length(const char *text, size_t left)
{
	size_t minus = text[0] == '-' ? 1 : 0;
	uint64_t value = 0;
	size_t length;

	if (text[0] == '"') {
		return string_length(text, left);
	}
	if (minus == 0 && (text[0] < '0' || text[0] > '9')) {
		/*
		 * The letters are those of true, false and null. An exponent is
		 * refused below.
		 */
		return strchr("[]{},:truefalsn", text[0]) != NULL &&
				       text[0] != '\0'
			       ? 1
			       : 0;
	}
	length = left > minus ? uint_length(text + minus, left - minus, &value)
			      : 0;
	if (length == 0 || (minus == 1 && value == 0)) {
		return 0;
	}
	length += minus;
	return length < left && (text[length] == '.' || text[length] == 'e')
		       ? 0
		       : length;
}

bool enc_audit_canonical(const char *text, size_t length, size_t *ret_at)
{
	size_t fault_at = 0;
	size_t at = 0;

	if (enc_json_check(text, length, &fault_at) == ENC_JSON_FINE) {
		while (at < length) {
			size_t taken = token_length(text + at, length - at);

			if (taken == 0) {
				break;
			}
			at += taken;
		}
		if (at == length) {
			return true;
		}
		fault_at = at;
	}
	if (ret_at != NULL) {
		*ret_at = fault_at;
	}
	return false;
}

/* ---- a cursor for the fixed parts, which remembers the first refusal ---- */

struct cursor {
	const char *text;
	size_t length;
	size_t at;
	const char *wanted; /* the first refusal; NULL if there is none */
	size_t wanted_at;
};

/*
 * refuse() - record a refusal: @wanted should have been at @at. Only the first
 * one counts.
 */
static void refuse(struct cursor *c, size_t at, const char *wanted)
{
	if (c->wanted == NULL) {
		c->wanted = wanted;
		c->wanted_at = at;
		c->at = c->length;
	}
}

/* fixed() - accept exactly one given text */
static void fixed(struct cursor *c, const char *text)
{
	size_t length = strlen(text);

	if (c->length - c->at < length ||
	    memcmp(c->text + c->at, text, length) != 0) {
		refuse(c, c->at, text);
		return;
	}
	c->at += length;
}

/*
 * A set of bytes, one bit for each. Hex digits are random, so a comparison with
 * branches is mispredicted for half of them. That took most of the time for a
 * long bundle.
 */
struct byte_set {
	uint64_t words[4];
};

#define BITS(from, to)                        \
	(((UINT64_C(2) << ((to)-0x40)) - 1) & \
	 ~((UINT64_C(1) << ((from)-0x40)) - 1))
#define DIGITS UINT64_C(0x03ff000000000000)
static const struct byte_set digit_set = { { DIGITS, 0 } };
static const struct byte_set hex_set = { { DIGITS, BITS('a', 'f') } };
static const struct byte_set id_set = { { DIGITS | UINT64_C(1) << '-',
					  BITS('a', 'z') } };
static const struct byte_set type_set = { { 0,
					    BITS('a', 'z') | BITS('_', '_') } };

static bool in_set(const struct byte_set *set, char c)
{
	uint8_t byte = (uint8_t)c;

	return (set->words[byte >> 6] >> (byte & 63) & 1) != 0;
}

/* run() - accept @least to @most bytes of a set */
static struct enc_audit_piece run(struct cursor *c, const struct byte_set *set,
				  size_t least, size_t most, const char *wanted)
{
	struct enc_audit_piece piece = { c->text + c->at, 0 };

	while (piece.length < most && c->at + piece.length < c->length &&
	       in_set(set, piece.text[piece.length])) {
		piece.length++;
	}
	if (piece.length < least) {
		refuse(c, c->at + piece.length, wanted);
		return piece;
	}
	c->at += piece.length;
	return piece;
}

static struct enc_audit_piece hash_digits(struct cursor *c)
{
	return run(c, &hex_set, HASH_DIGITS, HASH_DIGITS,
		   "64 lower hex digits");
}

static struct enc_audit_piece id(struct cursor *c)
{
	return run(c, &id_set, 1, ENC_AUDIT_ID_MAX_BYTES, "an id");
}

/* integer() - accept an integer below 2^53, without leading zero */
static uint64_t integer(struct cursor *c)
{
	uint64_t value = 0;
	size_t length = c->at < c->length
				? uint_length(c->text + c->at,
					      c->length - c->at, &value)
				: 0;

	if (length == 0) {
		refuse(c, c->at, "an integer below 2^53");
		return 0;
	}
	c->at += length;
	return value;
}

/* part() - accept @count digits of a time, with a value from @low to @high */
static unsigned int part(struct cursor *c, size_t count, unsigned int low,
			 unsigned int high)
{
	struct enc_audit_piece piece =
		run(c, &digit_set, count, count, "a time");
	unsigned int value = 0;

	for (size_t i = 0; i < piece.length; i++) {
		value = value * 10 + (unsigned int)(piece.text[i] - '0');
	}
	if (value < low || value > high) {
		refuse(c, c->at - piece.length, "a time");
		return low;
	}
	return value;
}

/* day_number() - count days since 1970-01-01 in the Gregorian calendar */
static int64_t day_number(unsigned int year, unsigned int month,
			  unsigned int day)
{
	/* Years begin in March, so that a leap day is a year's last. */
	int64_t y = (int64_t)year - (month <= 2 ? 1 : 0);
	int64_t from_march = (month + 9) % 12;
	int64_t leap_days = y < 0 ? -1 : y / 4 - y / 100 + y / 400;

	return y * 365 + leap_days + (153 * from_march + 2) / 5 + day - 1 -
	       719468;
}

/*
 * timestamp() - accept a time like 2026-11-22T06:00:00.000Z, with a date that
 * exists. Return: milliseconds since 1970
 */
static int64_t timestamp(struct cursor *c)
{
	static const unsigned int month_days[] = { 31, 29, 31, 30, 31, 30,
						   31, 31, 30, 31, 30, 31 };
	size_t begin = c->at;
	unsigned int year = part(c, 4, 0, 9999);
	unsigned int month;
	unsigned int day;
	int64_t ms;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	fixed(c, "-");
	month = part(c, 2, 1, 12);
	fixed(c, "-");
	day = part(c, 2, 1, month_days[month - 1]);
	if (month == 2 && day == 29 && !leap) {
		refuse(c, begin, "a time");
	}
	fixed(c, "T");
	ms = day_number(year, month, day) * 24 + part(c, 2, 0, 23);
	fixed(c, ":");
	ms = ms * 60 + part(c, 2, 0, 59);
	fixed(c, ":");
	ms = ms * 60 + part(c, 2, 0, 59);
	fixed(c, ".");
	ms = ms * 1000 + part(c, 3, 0, 999);
	fixed(c, "Z");
	return ms;
}

/* salt_and_data() - accept a salt and data, or null for both */
static void salt_and_data(struct cursor *c, struct enc_audit_fields *fields)
{
	static const char erased[] = "null,\"data\":null";
	size_t fault_at = 0;
	size_t end;

	if (c->length - c->at >= sizeof(erased) - 1 &&
	    memcmp(c->text + c->at, erased, sizeof(erased) - 1) == 0) {
		c->at += sizeof(erased) - 1;
		return;
	}
	fixed(c, "\"");
	fields->salt = run(c, &hex_set, 2L * ENC_AUDIT_SALT_BYTES,
			   2L * ENC_AUDIT_SALT_BYTES, "32 lower hex digits");
	fixed(c, "\",\"data\":");
	if (c->length - c->at < HASH_TAIL_BYTES + 2) {
		refuse(c, c->at, "an object");
		return;
	}
	end = c->length - HASH_TAIL_BYTES;
	fields->data.text = c->text + c->at;
	fields->data.length = end - c->at;
	if (fields->data.text[0] != '{') {
		refuse(c, c->at, "an object");
	} else if (!enc_audit_canonical(fields->data.text, fields->data.length,
					&fault_at)) {
		refuse(c, c->at + fault_at, "canonical JSON");
	} else {
		c->at = end;
	}
}

/*
 * result() - return the result of a parse, after checking that nothing follows
 */
static int result(struct cursor *c, struct enc_audit_refusal *ret_refusal)
{
	if (c->at < c->length) {
		refuse(c, c->at, "the end of the line");
	}
	if (c->wanted == NULL) {
		return 0;
	}
	ret_refusal->at = c->wanted_at;
	ret_refusal->wanted = c->wanted;
	return -EPROTO;
}

int enc_audit_parse_line(const char *text, size_t length,
			 struct enc_audit_fields *ret_fields,
			 struct enc_audit_refusal *ret_refusal)
{
	struct cursor c = { .text = text, .length = length };
	struct enc_audit_fields fields = { .header = { .text = text } };

	fixed(&c, "{\"v\":");
	fields.version = integer(&c);
	fixed(&c, ",\"");
	if (c.wanted == NULL && fields.version != ENC_AUDIT_VERSION) {
		ret_fields->version = fields.version;
		return -EPROTONOSUPPORT;
	}
	fixed(&c, "sid\":\"");
	fields.sid = id(&c);
	fixed(&c, "\",\"seq\":");
	fields.seq = integer(&c);
	fixed(&c, ",\"ts\":\"");
	fields.ts_ms = timestamp(&c);
	fixed(&c, "\",\"type\":\"");
	fields.type = run(&c, &type_set, 1, TYPE_MAX_BYTES, "an event's type");
	fixed(&c, "\",\"dataSha256\":\"");
	fields.data_sha256 = hash_digits(&c);
	fixed(&c, "\",\"prev\":\"");
	fields.prev = hash_digits(&c);
	fixed(&c, "\"");
	fields.header.length = c.at;
	fixed(&c, ",\"salt\":");
	salt_and_data(&c, &fields);
	fixed(&c, hash_key);
	fields.hash = hash_digits(&c);
	fixed(&c, "\"}");
	if (result(&c, ret_refusal) < 0) {
		return -EPROTO;
	}
	*ret_fields = fields;
	return 0;
}

int enc_audit_parse_genesis(const char *text, size_t length,
			    struct enc_audit_genesis_fields *ret_fields,
			    struct enc_audit_refusal *ret_refusal)
{
	struct cursor c = { .text = text, .length = length };
	struct enc_audit_genesis_fields fields;

	fixed(&c, "{\"orgId\":\"");
	fields.org_id = id(&c);
	fixed(&c, "\",\"sid\":\"");
	fields.sid = id(&c);
	fixed(&c, "\",\"requestSha256\":\"");
	(void)hash_digits(&c);
	fixed(&c, "\",\"policySha256\":\"");
	(void)hash_digits(&c);
	fixed(&c, "\",\"environmentSha256\":\"");
	(void)hash_digits(&c);
	fixed(&c, "\"}");
	if (result(&c, ret_refusal) < 0) {
		return -EPROTO;
	}
	*ret_fields = fields;
	return 0;
}

int enc_audit_parse_count(struct enc_audit_piece data, uint64_t *ret_count)
{
	struct cursor c = { .text = data.text, .length = data.length };
	uint64_t count;

	fixed(&c, "{\"count\":");
	count = integer(&c);
	fixed(&c, ",\"outcome\":\"");
	if (c.wanted != NULL) {
		return -EPROTO;
	}
	*ret_count = count;
	return 0;
}

bool enc_audit_id_ok(struct enc_audit_piece id_text)
{
	struct cursor c = { .text = id_text.text, .length = id_text.length };

	(void)id(&c);
	return c.wanted == NULL && c.at == c.length;
}

bool enc_audit_equal(struct enc_audit_piece piece, const char *text)
{
	return strlen(text) == piece.length &&
	       memcmp(piece.text, text, piece.length) == 0;
}

/* ---- what is hashed ---- */

static void add_text(struct enc_sha256 *digest, const char *text)
{
	enc_sha256_add(digest, text, strlen(text));
}

static void add_piece(struct enc_sha256 *digest, struct enc_audit_piece piece)
{
	enc_sha256_add(digest, piece.text, piece.length);
}

void enc_audit_hash_genesis(struct enc_sha256 *digest,
			    struct enc_audit_piece genesis,
			    char ret_hex[ENC_SHA256_HEX_BYTES])
{
	enc_sha256_begin(digest);
	add_text(digest, "enclave-audit-v1 genesis\n");
	add_piece(digest, genesis);
	enc_sha256_end(digest, ret_hex);
}

void enc_audit_hash_data(struct enc_sha256 *digest, struct enc_audit_piece salt,
			 struct enc_audit_piece data,
			 char ret_hex[ENC_SHA256_HEX_BYTES])
{
	enc_sha256_begin(digest);
	add_text(digest, "enclave-audit-v1 data\n");
	add_piece(digest, salt);
	add_text(digest, "\n");
	add_piece(digest, data);
	enc_sha256_end(digest, ret_hex);
}

void enc_audit_hash_header(struct enc_sha256 *digest,
			   struct enc_audit_piece header,
			   char ret_hex[ENC_SHA256_HEX_BYTES])
{
	enc_sha256_begin(digest);
	add_text(digest, "enclave-audit-v1\n");
	add_piece(digest, header);
	add_text(digest, "}");
	enc_sha256_end(digest, ret_hex);
}

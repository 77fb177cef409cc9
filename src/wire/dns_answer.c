#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "dns_answer.h"

enum {
	HEADER_BYTES = 12,
	NAME_MAX_BYTES = 255,
	LABEL_MAX_BYTES = 63,
	POINTER = 0xc0, /* the two bits that mark one */
	/* More than any name has labels: a pointer leads to a label. */
	POINTERS_MAX = 127,
	RESPONSE = 0x80,
	OPCODE_MASK = 0x78,
	CUT = 0x02,
	RECURSION_DESIRED = 0x01,
	RCODE_MASK = 0x0f,
	NXDOMAIN = 3,
	CLASS_IN = 1,
	TYPE_CNAME = 5,
	V4_BYTES = 4,
	V6_BYTES = 16,
	TTL_SIGN = 0x80,
};

/* A name without compression, in lower case, with the root label. */
struct wire_name {
	size_t length;
	uint8_t bytes[NAME_MAX_BYTES];
};

/* One record of a message, and where its data is. */
struct record {
	struct wire_name owner;
	uint16_t type;
	uint16_t class;
	uint32_t ttl_s;
	size_t data;
	size_t data_length;
};

struct alias {
	struct wire_name owner;
	struct wire_name target;
	uint32_t ttl_s;
};

/* A message that is being read. */
struct reading {
	const uint8_t *bytes;
	size_t length;
	size_t at;
	size_t alias_count;
	struct alias aliases[ENC_DNS_ALIASES_MAX];
};

static uint16_t number(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static bool is_address_type(uint16_t type)
{
	return type == ENC_DNS_A || type == ENC_DNS_AAAA;
}

static void put_number(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static bool same_name(const struct wire_name *a, const struct wire_name *b)
{
	return a->length == b->length &&
	       memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* ---- the query ---- */

/* write_name() - write a host name as labels; false if it isn't canonical */
static bool write_name(const char *name, struct wire_name *ret_name)
{
	char canonical[ENC_HOST_NAME_BYTES];
	size_t length = strlen(name);
	size_t label = 0; /* where the length of the current label stands */

	if (enc_host_name_read(name, length, canonical) < 0 ||
	    strcmp(name, canonical) != 0) {
		return false;
	}
	for (size_t i = 0; i <= length; i++) {
		ret_name->bytes[i + 1] = (uint8_t)name[i];
		if (name[i] == '.' || name[i] == '\0') {
			ret_name->bytes[label] = (uint8_t)(i - label);
			label = i + 1;
		}
	}
	ret_name->bytes[label] = 0;
	ret_name->length = length + 2;
	return true;
}

int enc_dns_query(uint16_t id, const char *name, uint16_t type,
		  uint8_t ret_bytes[ENC_DNS_QUERY_BYTES])
{
	struct wire_name wire;

	if (!is_address_type(type) || !write_name(name, &wire)) {
		return -EINVAL;
	}
	memset(ret_bytes, 0, HEADER_BYTES);
	put_number(ret_bytes, id);
	ret_bytes[2] = RECURSION_DESIRED;
	ret_bytes[5] = 1;
	memcpy(ret_bytes + HEADER_BYTES, wire.bytes, wire.length);
	put_number(ret_bytes + HEADER_BYTES + wire.length, type);
	put_number(ret_bytes + HEADER_BYTES + wire.length + 2, CLASS_IN);
	return (int)(HEADER_BYTES + wire.length + 4);
}

/* ---- names and records of the answer ---- */

/* put_label() - append a label in lower case, and its length */
static bool put_label(struct wire_name *name, const uint8_t *label,
		      size_t length)
{
	/* The root label after the last one takes one byte more. */
	if (name->length + 1 + length >= NAME_MAX_BYTES) {
		return false;
	}
	name->bytes[name->length++] = (uint8_t)length;
	for (size_t i = 0; i < length; i++) {
		bool upper = label[i] >= 'A' && label[i] <= 'Z';

		name->bytes[name->length++] =
			(uint8_t)(upper ? label[i] - 'A' + 'a' : label[i]);
	}
	return true;
}

/*
 * read_name() - read a name, compressed or not, and go on behind it
 *
 * Each pointer has to lead before all that was read of the name so far. So no
 * loop is possible.
 */
static bool read_name(struct reading *reading, struct wire_name *ret_name)
{
	const uint8_t *bytes = reading->bytes;
	size_t at = reading->at;
	size_t lowest = at;
	unsigned int pointers = 0;

	ret_name->length = 0;
	while (at < reading->length && bytes[at] != 0) {
		size_t left = reading->length - at - 1;

		if ((bytes[at] & POINTER) == POINTER) {
			if (left < 1 || ++pointers > POINTERS_MAX) {
				return false;
			}
			if (pointers == 1) {
				reading->at = at + 2;
			}
			at = number(bytes + at) & ~(POINTER << 8);
			if (at < HEADER_BYTES || at >= lowest) {
				return false;
			}
			lowest = at;
			continue;
		}
		if (bytes[at] > LABEL_MAX_BYTES || bytes[at] > left ||
		    !put_label(ret_name, bytes + at + 1, bytes[at])) {
			return false;
		}
		at += 1 + (size_t)bytes[at];
	}
	if (at >= reading->length) {
		return false;
	}
	if (pointers == 0) {
		reading->at = at + 1;
	}
	ret_name->bytes[ret_name->length++] = 0;
	return true;
}

static bool read_record(struct reading *reading, struct record *ret_record)
{
	const uint8_t *at;

	if (!read_name(reading, &ret_record->owner) ||
	    reading->length - reading->at < 10) {
		return false;
	}
	at = reading->bytes + reading->at;
	ret_record->type = number(at);
	ret_record->class = number(at + 2);
	ret_record->ttl_s = (uint32_t)number(at + 4) << 16 | number(at + 6);
	if ((at[4] & TTL_SIGN) != 0) {
		ret_record->ttl_s = 0; /* RFC 2181, section 8 */
	}
	ret_record->data_length = number(at + 8);
	ret_record->data = reading->at + 10;
	if (ret_record->data_length > reading->length - ret_record->data) {
		return false;
	}
	reading->at = ret_record->data + ret_record->data_length;
	return ret_record->class != CLASS_IN ||
	       ((ret_record->type != ENC_DNS_A ||
		 ret_record->data_length == V4_BYTES) &&
		(ret_record->type != ENC_DNS_AAAA ||
		 ret_record->data_length == V6_BYTES));
}

/* ---- aliases ---- */

/* add_alias() - keep a CNAME record; false if it is malformed or too many */
static bool add_alias(struct reading *reading, const struct record *record)
{
	size_t after = reading->at;
	struct alias *alias;

	if (reading->alias_count == ENC_DNS_ALIASES_MAX) {
		return false;
	}
	alias = &reading->aliases[reading->alias_count];
	alias->owner = record->owner;
	alias->ttl_s = record->ttl_s;
	for (size_t i = 0; i < reading->alias_count; i++) {
		if (same_name(&reading->aliases[i].owner, &alias->owner)) {
			return false;
		}
	}
	reading->alias_count++;
	reading->at = record->data;
	return read_name(reading, &alias->target) && reading->at == after;
}

/* read_records() - check all records and keep aliases among the answers */
static bool read_records(struct reading *reading)
{
	size_t answers = number(reading->bytes + 6);
	size_t all = answers + number(reading->bytes + 8) +
		     number(reading->bytes + 10);
	struct record record;

	for (size_t i = 0; i < all; i++) {
		if (!read_record(reading, &record)) {
			return false;
		}
		if (i < answers && record.type == TYPE_CNAME &&
		    record.class == CLASS_IN && !add_alias(reading, &record)) {
			return false;
		}
	}
	return reading->at == reading->length;
}

/*
 * follow() - follow the aliases of a name to their end
 *
 * A name has one alias at most, so more steps than aliases are a loop.
 */
static bool follow(const struct reading *reading, struct wire_name *name,
		   uint32_t *ttl_s)
{
	size_t i = 0;

	for (size_t steps = 0; steps <= reading->alias_count; steps++) {
		for (i = 0; i < reading->alias_count; i++) {
			if (same_name(&reading->aliases[i].owner, name)) {
				break;
			}
		}
		if (i == reading->alias_count) {
			return true;
		}
		*name = reading->aliases[i].target;
		*ttl_s = ENC_MIN(*ttl_s, reading->aliases[i].ttl_s);
	}
	return false;
}

/* ---- the answer ---- */

/* check_question() - whether a message is an answer to a question */
static bool check_question(struct reading *reading, uint16_t id,
			   const struct wire_name *name, uint16_t type)
{
	const uint8_t *bytes = reading->bytes;
	struct wire_name asked;

	if (reading->length < HEADER_BYTES || number(bytes) != id ||
	    (bytes[2] & RESPONSE) == 0 || (bytes[2] & OPCODE_MASK) != 0 ||
	    number(bytes + 4) != 1) {
		return false;
	}
	reading->at = HEADER_BYTES;
	if (!read_name(reading, &asked) || !same_name(&asked, name) ||
	    reading->length - reading->at < 4) {
		return false;
	}
	bytes += reading->at;
	reading->at += 4;
	return number(bytes) == type && number(bytes + 2) == CLASS_IN;
}

/* check_flags() - what the header says. Return: 0 if records may follow */
static int check_flags(const uint8_t *bytes)
{
	unsigned int rcode = bytes[3] & RCODE_MASK;

	if ((bytes[2] & CUT) != 0) {
		return -EMSGSIZE;
	}
	if (rcode == NXDOMAIN) {
		return -ENOENT;
	}
	return rcode == ENC_DNS_NOERROR ? 0 : -EREMOTEIO;
}

/* add_address() - append an address; false if there are too many */
static bool add_address(struct enc_dns_result *result, const uint8_t *data,
			size_t data_length)
{
	uint8_t *address;

	if (result->count == ENC_DNS_ADDRESSES_MAX) {
		return false;
	}
	address = result->addresses[result->count++];
	if (data_length == V4_BYTES) {
		address[10] = 0xff;
		address[11] = 0xff;
	}
	memcpy(address + V6_BYTES - data_length, data, data_length);
	return true;
}

/* collect() - read the answers again, for the addresses of one name */
static int collect(struct reading *reading, const struct wire_name *name,
		   uint16_t type, struct enc_dns_result *result)
{
	size_t count = number(reading->bytes + 6);
	struct record record;

	for (size_t i = 0; i < count; i++) {
		if (!read_record(reading, &record)) {
			return -EPROTO;
		}
		if (record.type != type || record.class != CLASS_IN ||
		    !same_name(&record.owner, name)) {
			continue;
		}
		if (!add_address(result, reading->bytes + record.data,
				 record.data_length)) {
			return -EPROTO;
		}
		result->ttl_s = ENC_MIN(result->ttl_s, record.ttl_s);
	}
	return result->count > 0 ? 0 : -ENODATA;
}

int enc_dns_answers(const uint8_t *bytes, size_t length, uint16_t id,
		    const char *name, uint16_t type,
		    struct enc_dns_result *ret_result)
{
	struct reading reading = { .bytes = bytes, .length = length };
	struct enc_dns_result result = { .ttl_s = UINT32_MAX };
	struct wire_name owner;
	size_t first;
	int r;

	if (!is_address_type(type) || !write_name(name, &owner) ||
	    !check_question(&reading, id, &owner, type)) {
		return -EBADMSG;
	}
	r = check_flags(bytes);
	if (r < 0) {
		return r;
	}
	first = reading.at;
	if (!read_records(&reading) ||
	    !follow(&reading, &owner, &result.ttl_s)) {
		return -EPROTO;
	}
	reading.at = first;
	r = collect(&reading, &owner, type, &result);
	if (r == 0) {
		*ret_result = result;
	}
	return r;
}

int enc_dns_framed(const uint8_t *bytes, size_t length)
{
	if (length < 2 || length - 2 < number(bytes)) {
		return -EAGAIN;
	}
	return number(bytes);
}

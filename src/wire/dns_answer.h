#ifndef ENC_WIRE_DNS_ANSWER_H
#define ENC_WIRE_DNS_ANSWER_H

/*
 * The part of DNS (RFC 1035, RFC 2181) that a stub resolver needs: write a
 * query for the addresses of a host, read the answer. There is no EDNS. An
 * answer may be forged, or made by whoever owns the name; so these functions
 * keep no state, allocate nothing, and their work is bounded. An answer that
 * two readers could understand differently is malformed.
 *
 * Over TCP each message has its length before it, in two bytes (RFC 1035,
 * section 4.2.2). The functions take and write messages without it.
 */

#include <stddef.h>
#include <stdint.h>

#include "dns.h"
#include "host_name.h"

enum {
	/* Header, the longest name, type and class. */
	ENC_DNS_QUERY_BYTES = 12 + 255 + 4,
	ENC_DNS_ADDRESSES_MAX = 64,
	/* The most CNAME records that an answer may have. */
	ENC_DNS_ALIASES_MAX = 16,
};

struct enc_dns_result {
	size_t count; /* at least 1 */
	/*
	 * In the order of the answer; one may be there twice. An IPv4 address
	 * is mapped (RFC 4291, section 2.5.5.2). An AAAA record may hold a
	 * mapped address too.
	 */
	uint8_t addresses[ENC_DNS_ADDRESSES_MAX][16];
	/* The least of all records that led to the addresses. */
	uint32_t ttl_s;
};

/**
 * enc_dns_query() - write a query with one question
 * @id:   has to be random; it tells answers from forged ones
 * @name: canonical host name, as in host_name.h
 * @type: ENC_DNS_A or ENC_DNS_AAAA
 *
 * Return: length of the query; -EINVAL if @name is no canonical host name or
 * @type is another
 */
ENC_NODISCARD int enc_dns_query(uint16_t id, const char *name, uint16_t type,
				uint8_t ret_bytes[ENC_DNS_QUERY_BYTES]);

/**
 * enc_dns_answers() - read the answer to a query of enc_dns_query()
 *
 * Follows aliases (CNAME records) from @name, in any order of records. Only
 * addresses of the name at their end count. All sections are checked, not only
 * the answers.
 *
 * Return: 0 with at least one address
 * -EBADMSG if this isn't the answer to the query: forged, or to an older query.
 *          Ignore it and go on waiting.
 * -EMSGSIZE if the answer is cut: ask again over TCP. Over TCP it is an error.
 * -ENOENT if the name, or its last alias, doesn't exist
 * -ENODATA if the name, or its last alias, has no address of @type
 * -EREMOTEIO if the server failed or refused
 * -EPROTO if the answer is malformed; if aliases form a loop, or a name has
 *         two; if there are more than ENC_DNS_ALIASES_MAX aliases or
 *         ENC_DNS_ADDRESSES_MAX addresses
 */
ENC_NODISCARD int enc_dns_answers(const uint8_t *bytes, size_t length,
				  uint16_t id, const char *name, uint16_t type,
				  struct enc_dns_result *ret_result);

/*
 * enc_dns_framed() - find out whether a message over TCP is complete
 * @bytes: all that has arrived so far; the message begins at the third byte
 *
 * Return: length of the message, 0 to 65535; -EAGAIN if more bytes are needed
 */
ENC_NODISCARD int enc_dns_framed(const uint8_t *bytes, size_t length);

#endif

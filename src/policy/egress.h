#ifndef ENC_POLICY_EGRESS_H
#define ENC_POLICY_EGRESS_H

/*
 * Egress policy: the only place that says whether a session may talk to a
 * destination. Pure: no I/O, no clock, no allocation.
 *
 * Order of judgement, first match wins:
 *   1. the deny table (metadata, loopback, private ... RFC 6890)
 *   2. deny: sessions have no rules of their own yet
 */

#include <stddef.h>
#include <stdint.h>

#include "message.h"

enum { ENC_EGRESS_ADDRESS_BYTES = 46 }; /* the longest text, and NUL */

/* Where a program wants to go. @host is NULL when it named an address. */
struct enc_destination {
	const char *host; /* canonical: lower case, no trailing dot */
	uint8_t addr[16]; /* IPv6, IPv4 mapped (RFC 4291 2.5.5.2) */
	uint16_t port;	  /* host byte order */
};

/**
 * enc_egress_judge() - decide about one destination
 * @ret_rule: what decided, static: "deny-table: link-local", "deny_all"
 */
enum enc_verdict enc_egress_judge(const struct enc_destination *to,
				  const char **ret_rule);

/*
 * enc_egress_address() - the one spelling of an address: IPv4 dotted, also
 * when it was mapped; IPv6 as RFC 5952 says
 */
void enc_egress_address(const uint8_t addr[16],
			char ret_text[ENC_EGRESS_ADDRESS_BYTES]);

#endif

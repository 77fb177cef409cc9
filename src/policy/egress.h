#ifndef ENC_POLICY_EGRESS_H
#define ENC_POLICY_EGRESS_H

/*
 * Egress policy: the only place that decides whether a session may talk to a
 * destination. It is pure: no I/O, no clock, no allocation.
 *
 * The first match decides:
 * 1. the deny table: metadata, loopback, private networks, what IANA registers
 *    for special purposes, IPv6 outside of 2000::/3
 * 2. deny: sessions have no rules of their own yet
 */

#include <stddef.h>
#include <stdint.h>

#include "message.h"

/* Size of the longest text of an address, including NUL. */
enum { ENC_EGRESS_ADDRESS_BYTES = 46 };

/*
 * The destination that a program wants to connect to. @host is NULL if the
 * program named an address.
 */
struct enc_destination {
	const char *host; /* canonical: lower case, no trailing dot */
	/* IPv6 address; an IPv4 address is mapped (RFC 4291, 2.5.5.2). */
	uint8_t addr[16];
	uint16_t port; /* port in host byte order */
};

/**
 * enc_egress_judge() - decide about one destination
 * @ret_rule: the rule that decided, static: "deny-table: link-local",
 *            "deny_all"
 */
enum enc_verdict enc_egress_judge(const struct enc_destination *to,
				  const char **ret_rule);

/*
 * enc_egress_address() - write an address in its canonical form: dotted for
 * IPv4, also if it is mapped; as in RFC 5952 for IPv6
 */
void enc_egress_address(const uint8_t addr[16],
			char ret_text[ENC_EGRESS_ADDRESS_BYTES]);

#endif

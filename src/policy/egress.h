#ifndef ENC_POLICY_EGRESS_H
#define ENC_POLICY_EGRESS_H

/*
 * Egress policy: the only place that decides whether a session may talk to a
 * destination. It is pure: no I/O, no clock, no allocation.
 *
 * The first match decides:
 * 1. the deny table, for addresses: metadata, loopback, private networks, what
 *    IANA registers for special purposes, IPv6 outside of 2000::/3; but not in
 *    networks that root's configuration marks as internal
 * 2. the rules of the session's allowlist: a name by names, an address by
 *    networks
 * 3. deny
 *
 * A name that is allowed says nothing about its addresses: enc_egress_denied()
 * has to be asked about each of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"
#include "rules.h"

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

/* All zero: deny_all. What it points to is borrowed. */
struct enc_egress_policy {
	bool allowlist;
	const struct enc_rule *rules;
	size_t rule_count;
	/* Networks to which the deny table doesn't apply. */
	const struct enc_network *internal;
	size_t internal_count;
};

struct enc_decision {
	enum enc_verdict verdict;
	/*
	 * What decided: the text of a rule, which is the policy's; or, static:
	 * "deny-table: private", "deny_all", "allowlist" if no rule fits.
	 */
	const char *rule;
};

/* enc_egress_judge() - decide about one destination; port 0 is denied */
void enc_egress_judge(const struct enc_egress_policy *policy,
		      const struct enc_destination *to,
		      struct enc_decision *ret_decision);

/*
 * enc_egress_judge_name() - decide about a question for a name: it is allowed
 * if there is a port at which the name is
 */
void enc_egress_judge_name(const struct enc_egress_policy *policy,
			   const char *host, struct enc_decision *ret_decision);

/*
 * enc_egress_denied() - the row of the deny table that an address is in, such
 * as "deny-table: private"; NULL: none
 */
const char *enc_egress_denied(const struct enc_egress_policy *policy,
			      const uint8_t addr[16]);

enum {
	/* Networks that make up what isn't in 2000::/3. */
	ENC_EGRESS_OUTSIDE_MAX = 96,
	ENC_EGRESS_DENY_TABLE_MAX = 160,
};

/*
 * enc_egress_deny_table() - write the table as networks, for a second check by
 * the kernel. They overlap. Return: their number
 */
size_t enc_egress_deny_table(struct enc_network *ret_networks, size_t room);

/*
 * enc_egress_address() - write an address in its canonical form: dotted for
 * IPv4, also if it is mapped; as in RFC 5952 for IPv6
 */
void enc_egress_address(const uint8_t addr[16],
			char ret_text[ENC_EGRESS_ADDRESS_BYTES]);

#endif

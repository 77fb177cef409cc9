#ifndef ENC_POLICY_RULES_H
#define ENC_POLICY_RULES_H

/*
 * Rules of an allowlist. An entry is one of
 *
 *	example.com          that host
 *	*.example.com        every host below it, at any depth; not itself
 *	192.0.2.7            that address
 *	192.0.2.0/24         every address of that network
 *	[2001:db8::1]:8443   an IPv6 address; in brackets where a port follows
 *
 * each with :PORT behind it or without: names then mean port 443, addresses and
 * networks any port. Each rule has one canonical text, which is what a request
 * gets to see, what is stored, and what audit events name.
 *
 * Parsing is pure. An entry that two readers could understand differently is
 * refused: numbers that a libc takes for addresses (0x7f.1, 2130706433), bits
 * behind a prefix, a zone, anything but ASCII.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "message.h"

enum {
	/* Room for a rule's texts: canonical text and name. */
	ENC_RULE_TEXT_BYTES = 2 * 272,
	/* The longest entry that can be one. */
	ENC_RULE_ENTRY_MAX_BYTES = 2 + 253 + 1 + 5 + 1,
	ENC_RULE_NAME_PORT = 443,
};

enum enc_rule_kind {
	ENC_RULE_INVALID,
	ENC_RULE_NAME,
	ENC_RULE_BELOW, /* every name below one */
	ENC_RULE_NETWORK,
};

struct enc_rule {
	enum enc_rule_kind kind;
	uint16_t port; /* 0: any */
	struct enc_network network;
	const char *name; /* NAME; BELOW: without "*." */
	const char *text; /* canonical */
};

/**
 * enc_rule_parse() - parse an entry
 * @entry:    hostile
 * @ret_room: gets the rule's texts, so it has to live as long as the rule
 * @ret_why:  on failure: what is wrong and what to do, static; it goes behind
 *            "'...' "
 *
 * Return: 0 or -EINVAL
 */
ENC_NODISCARD int enc_rule_parse(struct enc_text entry,
				 char ret_room[ENC_RULE_TEXT_BYTES],
				 struct enc_rule *ret_rule,
				 const char **ret_why);

/*
 * enc_rule_is_loopback() - whether all that a rule has is loopback, which is the
 * sandbox's own, or the unspecified address, which stands for it: localhost
 * (RFC 6761, 6.3), 127.0.0.0/8, ::1, 0.0.0.0, ::
 */
bool enc_rule_is_loopback(const struct enc_rule *rule);

/*
 * enc_network_has() - whether an address is in a network. An IPv4 address,
 * which is mapped, is in none of IPv6's, such as ::/0.
 */
bool enc_network_has(const struct enc_network *network, const uint8_t addr[16]);

#endif

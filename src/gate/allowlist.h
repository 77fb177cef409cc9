#ifndef ENC_GATE_ALLOWLIST_H
#define ENC_GATE_ALLOWLIST_H

/*
 * The rules of a session, as the gate keeps them. They come from enclave-api,
 * which has parsed them; here they are parsed again.
 */

#include "egress.h"
#include "message.h"

enum { ENC_ALLOWLIST_INTERNAL_MAX = 16 };

struct enc_allowlist {
	struct enc_egress_policy policy; /* all zero: deny_all */
	char (*texts)[ENC_RULE_TEXT_BYTES];
	struct enc_network internal[ENC_ALLOWLIST_INTERNAL_MAX];
};

/* enc_allowlist_internal() - a network that root marks as internal */
void enc_allowlist_internal(struct enc_allowlist *allowlist,
			    const uint8_t addr[16], uint64_t bits);

/*
 * enc_allowlist_replace() - take other rules in the place of those that are
 * there; nothing may point to their texts
 *
 * Return: 0; -EPROTO for a rule that isn't canonical, and no rule is left then
 */
ENC_NODISCARD int enc_allowlist_replace(struct enc_allowlist *allowlist,
					const struct enc_message_rules *rules);

/* enc_allowlist_done() - free the rules */
void enc_allowlist_done(struct enc_allowlist *allowlist);

#endif

#ifndef ENC_POLICY_RULESET_H
#define ENC_POLICY_RULESET_H

/*
 * The rules of one session with their texts, as a policy that can be asked.
 * Whoever asks has got the texts from elsewhere, so they are parsed again.
 */

#include "egress.h"

enum { ENC_RULESET_INTERNAL_MAX = 16 };

struct enc_ruleset {
	struct enc_egress_policy policy;    /* all zero: deny_all */
	char (*rooms)[ENC_RULE_TEXT_BYTES]; /* their texts */
	struct enc_network internal[ENC_RULESET_INTERNAL_MAX];
};

/* enc_ruleset_internal() - a network that root marks as internal */
void enc_ruleset_internal(struct enc_ruleset *set, const uint8_t addr[16],
			  uint64_t bits);

/**
 * enc_ruleset_replace() - take other rules in the place of those that are
 * there; nothing may point to their texts
 * @texts: hostile; borrowed for the call
 *
 * Return: 0; -EPROTO for a text that isn't a rule's canonical one, and no rule
 * is left then
 */
ENC_NODISCARD int enc_ruleset_replace(struct enc_ruleset *set,
				      const struct enc_text *texts,
				      size_t count);

/* enc_ruleset_done() - free the rules */
void enc_ruleset_done(struct enc_ruleset *set);

#endif

#include "egress.h"
#include "fuzz.h"

/*
 * What parses has one text, which is a rule with the same meaning; and a host
 * that it allows by its own name is allowed.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const struct enc_text entry = { (const char *)bytes, length };
	char rooms[2][ENC_RULE_TEXT_BYTES];
	struct enc_rule rules[2];
	const char *why = NULL;
	struct enc_egress_policy policy = { .allowlist = true,
					    .rules = rules,
					    .rule_count = 1 };
	struct enc_destination to = { .port = 1 };
	struct enc_decision decision;

	if (enc_rule_parse(entry, rooms[0], &rules[0], &why) < 0) {
		ENC_ASSERT(why != NULL);
		return 0;
	}
	ENC_ASSERT(enc_rule_parse((struct enc_text){ rules[0].text,
						     strlen(rules[0].text) },
				  rooms[1], &rules[1], &why) == 0);
	ENC_ASSERT(strcmp(rules[0].text, rules[1].text) == 0);
	ENC_ASSERT(rules[0].kind == rules[1].kind &&
		   rules[0].port == rules[1].port &&
		   rules[0].network.bits == rules[1].network.bits &&
		   memcmp(rules[0].network.addr, rules[1].network.addr, 16) ==
			   0);
	to.port = rules[0].port != 0 ? rules[0].port : 1;
	if (rules[0].kind == ENC_RULE_NETWORK) {
		memcpy(to.addr, rules[0].network.addr, 16);
	} else {
		to.host = rules[0].name;
	}
	enc_egress_judge(&policy, &to, &decision);
	ENC_ASSERT((decision.verdict == ENC_VERDICT_ALLOW) ==
		   (rules[0].kind == ENC_RULE_NAME ||
		    (rules[0].kind == ENC_RULE_NETWORK &&
		     enc_egress_denied(&policy, to.addr) == NULL)));
	return 0;
}

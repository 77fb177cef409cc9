#include <errno.h>
#include <string.h>

#include "ruleset.h"

void enc_ruleset_internal(struct enc_ruleset *set, const uint8_t addr[16],
			  uint64_t bits)
{
	struct enc_egress_policy *policy = &set->policy;
	struct enc_network *network;

	if (policy->internal_count == ENC_RULESET_INTERNAL_MAX ||
	    bits > sizeof(network->addr) * 8) {
		return;
	}
	network = &set->internal[policy->internal_count++];
	memcpy(network->addr, addr, sizeof(network->addr));
	network->bits = (unsigned int)bits;
	policy->internal = set->internal;
}

static int parse_all(const struct enc_text *texts, size_t count,
		     char (*rooms)[ENC_RULE_TEXT_BYTES], struct enc_rule *rules)
{
	for (size_t i = 0; i < count; i++) {
		const char *why;

		if (enc_rule_parse(texts[i], rooms[i], &rules[i], &why) < 0 ||
		    strlen(rules[i].text) != texts[i].length ||
		    memcmp(rules[i].text, texts[i].bytes, texts[i].length) !=
			    0) {
			return -EPROTO;
		}
	}
	return 0;
}

void enc_ruleset_done(struct enc_ruleset *set)
{
	free((void *)(uintptr_t)set->policy.rules);
	free(ENC_TAKE(set->rooms));
	set->policy.rules = NULL;
	set->policy.rule_count = 0;
}

int enc_ruleset_replace(struct enc_ruleset *set, const struct enc_text *texts,
			size_t count)
{
	struct enc_rule *rules = enc_xalloc((count + 1) * sizeof(*rules));
	char(*rooms)[ENC_RULE_TEXT_BYTES] =
		enc_xalloc((count + 1) * sizeof(*rooms));
	int r = parse_all(texts, count, rooms, rules);

	enc_ruleset_done(set);
	set->policy.rules = rules;
	set->policy.rule_count = r == 0 ? count : 0;
	set->rooms = rooms;
	return r;
}

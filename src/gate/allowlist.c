#include <errno.h>
#include <string.h>

#include "allowlist.h"

void enc_allowlist_internal(struct enc_allowlist *allowlist,
			    const uint8_t addr[16], uint64_t bits)
{
	struct enc_egress_policy *policy = &allowlist->policy;
	struct enc_network *network;

	if (policy->internal_count == ENC_ALLOWLIST_INTERNAL_MAX ||
	    bits > sizeof(network->addr) * 8) {
		return;
	}
	network = &allowlist->internal[policy->internal_count++];
	memcpy(network->addr, addr, sizeof(network->addr));
	network->bits = (unsigned int)bits;
	policy->internal = allowlist->internal;
}

static int parse_all(const struct enc_message_rules *from,
		     char (*texts)[ENC_RULE_TEXT_BYTES], struct enc_rule *rules)
{
	for (size_t i = 0; i < from->count; i++) {
		struct enc_text text = from->rules[i];
		const char *why;

		if (enc_rule_parse(text, texts[i], &rules[i], &why) < 0 ||
		    strlen(rules[i].text) != text.length ||
		    memcmp(rules[i].text, text.bytes, text.length) != 0) {
			return -EPROTO;
		}
	}
	return 0;
}

void enc_allowlist_done(struct enc_allowlist *allowlist)
{
	free((void *)(uintptr_t)allowlist->policy.rules);
	free(ENC_TAKE(allowlist->texts));
	allowlist->policy.rules = NULL;
	allowlist->policy.rule_count = 0;
}

int enc_allowlist_replace(struct enc_allowlist *allowlist,
			  const struct enc_message_rules *from)
{
	struct enc_egress_policy *policy = &allowlist->policy;
	struct enc_rule *rules = enc_xalloc((from->count + 1) * sizeof(*rules));
	char(*texts)[ENC_RULE_TEXT_BYTES] =
		enc_xalloc((from->count + 1) * sizeof(*texts));
	int r = parse_all(from, texts, rules);

	enc_allowlist_done(allowlist);
	policy->rules = rules;
	policy->rule_count = r == 0 ? from->count : 0;
	allowlist->texts = texts;
	return r;
}

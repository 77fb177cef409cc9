#include <errno.h>
#include <string.h>

#include "egress.h"
#include "rules.h"
#include "upstream_check.h"

static const char loopback[] =
	"is on loopback, and no session reaches anything of this machine: run "
	"the service on another one, or in a network of its own as in "
	"docs/egress-and-bindings.md";
static const char asterisk[] =
	"has an asterisk in its path, which stands for nothing there: the "
	"paths that programs may use are the scope's (--path)";

/* read_host() - read a host as a rule for it. Return: 0 or -EINVAL */
static int read_host(const char *host, char room[ENC_RULE_TEXT_BYTES],
		     struct enc_rule *ret_rule)
{
	const char *why;

	return enc_rule_parse((struct enc_text){ host, strlen(host) }, room,
			      ret_rule, &why);
}

static bool is_loopback(const char *host)
{
	char room[ENC_RULE_TEXT_BYTES];
	struct enc_rule rule;

	return read_host(host, room, &rule) == 0 && enc_rule_is_loopback(&rule);
}

const char *enc_upstream_denied(const struct enc_upstream *upstream)
{
	static const struct enc_egress_policy none;
	char room[ENC_RULE_TEXT_BYTES];
	struct enc_rule rule;

	return read_host(upstream->host, room, &rule) == 0 &&
			       rule.kind == ENC_RULE_NETWORK
		       ? enc_egress_denied(&none, rule.network.addr)
		       : NULL;
}

int enc_upstream_check(struct enc_text text, struct enc_upstream *ret_upstream,
		       const char **ret_why)
{
	int r = enc_upstream_read(text, ret_upstream, ret_why);

	if (r < 0) {
		return r;
	}
	if (is_loopback(ret_upstream->host)) {
		*ret_why = loopback;
		return -EINVAL;
	}
	if (strchr(ret_upstream->base, '*') != NULL) {
		*ret_why = asterisk;
		return -EINVAL;
	}
	return 0;
}

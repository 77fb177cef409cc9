#ifndef ENC_POLICY_UPSTREAM_CHECK_H
#define ENC_POLICY_UPSTREAM_CHECK_H

#include "upstream.h"

/**
 * enc_upstream_check() - read the URL of an upstream as somebody gives it, who
 * is told at once what could only fail later: no session reaches loopback, and
 * an asterisk in a path stands for nothing
 * @ret_why: on failure: what is wrong and what to do, static, without the URL
 *
 * The gate refuses other names that lead to loopback, but only the audit log
 * tells of that. Return: 0 or -EINVAL
 */
ENC_NODISCARD int enc_upstream_check(struct enc_text text,
				     struct enc_upstream *ret_upstream,
				     const char **ret_why);

/*
 * enc_upstream_denied() - the row of the deny table that an upstream is in, if
 * it is an address; static. NULL: none. Sessions reach it only if root's
 * configuration marks its network as internal
 */
const char *enc_upstream_denied(const struct enc_upstream *upstream);

#endif

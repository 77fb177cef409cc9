/* Networks that root may mark as internal, and others that no list opens. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "internal_networks.h"

static const struct {
	const char *list;
	size_t count;
	const char *says; /* NULL: it is one */
} rows[] = {
	{ NULL, 0, NULL },
	{ "", 0, NULL },
	{ "10.0.0.0/8", 1, NULL },
	{ "10.1.2.3", 1, NULL },
	{ "172.16.0.0/12,192.168.0.0/16,fd00::/64", 3, NULL },
	{ "100.64.0.0/12,fd00:ec2::/120", 2, NULL },
	/* wider than what is private, or beside it */
	{ "0.0.0.0/0", 0, "only parts of" },
	{ "::/0", 0, "only parts of" },
	{ "10.0.0.0/7", 0, "only parts of" },
	{ "172.0.0.0/8", 0, "only parts of" },
	{ "172.32.0.0/16", 0, "only parts of" },
	{ "192.0.0.0/2", 0, "only parts of" },
	{ "100.128.0.0/16", 0, "only parts of" },
	{ "fc00::/6", 0, "only parts of" },
	{ "127.0.0.0/8", 0, "only parts of" },
	{ "127.1.2.3", 0, "only parts of" },
	{ "::1", 0, "only parts of" },
	{ "169.254.7.0/24", 0, "only parts of" },
	{ "168.63.129.16", 0, "only parts of" },
	{ "fe80::/64", 0, "only parts of" },
	{ "198.18.0.0/15", 0, "only parts of" },
	{ "224.0.0.0/4", 0, "only parts of" },
	{ "1.1.1.0/24", 0, "only parts of" },
	{ "2001:4860::/32", 0, "only parts of" },
	{ "10.1.0.0/16,8.8.8.8", 0, "'8.8.8.8' is no" },
	/* metadata */
	{ "100.64.0.0/10", 0, "metadata at 100.100.100.200" },
	{ "fd00:ec2::254", 0, "metadata at fd00:ec2::254" },
	{ "fd20:ce::/32", 0, "metadata at fd20:ce::254" },
	{ "fd00:42::/32", 0, "metadata at fd00:42::42" },
	{ "fc00::/7", 0, "metadata at" },
	/* no networks at all */
	{ "example.com", 0, "no address or CIDR" },
	{ "10.1.2.3:80", 0, "has a port" },
	{ "10.1.2.3/8", 0, "bits behind" },
	{ "10.0.0.0/8,,10.0.0.0/8", 0, "is empty" },
	{ "10.0.0.0/8, 10.0.0.0/8", 0, "no host name has" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct enc_internal_networks networks;
		struct enc_error err = { 0 };
		enum enc_code code =
			enc_internal_networks_read(rows[i].list, &networks,
						   &err);

		if (rows[i].says == NULL) {
			assert_int_equal(code, ENC_OK);
			assert_int_equal(networks.count, rows[i].count);
		} else {
			assert_int_equal(code, ENC_BAD_REQUEST);
			assert_non_null(strstr(err.message, rows[i].says));
		}
	}
}

static void test_too_many(void **state)
{
	ENC_AUTO(buf) list = ENC_BUF(1024);
	struct enc_internal_networks networks;
	struct enc_error err = { 0 };

	(void)state;
	for (int i = 0; i < ENC_RULESET_INTERNAL_MAX; i++) {
		assert_int_equal(enc_buf_printf(&list, "%s10.%d.0.0/16",
						i == 0 ? "" : ",", i),
				 0);
	}
	assert_int_equal(enc_buf_append(&list, "", 1), 0);
	assert_int_equal(
		enc_internal_networks_read((const char *)enc_buf_bytes(&list),
					   &networks, &err),
		ENC_OK);
	assert_int_equal(networks.count, ENC_RULESET_INTERNAL_MAX);
	list.length--;
	assert_int_equal(enc_buf_append(&list, ",10.99.0.0/16", 14), 0);
	assert_int_equal(
		enc_internal_networks_read((const char *)enc_buf_bytes(&list),
					   &networks, &err),
		ENC_BAD_REQUEST);
	assert_non_null(strstr(err.message, "more than"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

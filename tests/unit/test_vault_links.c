#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc.h"
#include "vault.h"
#include "vault_links.h"

enum { MANY = 100000 };

/* A vault that reads nothing for long misses no end: its link is closed. */
static void test_a_vault_that_reads_nothing(void **state)
{
	struct enc_vault_head head;
	uint64_t count = 0;
	int ends[2];
	int fd;

	(void)state;
	assert_int_equal(enc_ipc_pair(SOCK_SEQPACKET, ends), 0);
	for (uint64_t tag = 1; tag <= MANY; tag++) {
		enc_vault_links_gone(ends[0], tag);
	}
	while (enc_ipc_receive(ends[1], &head, sizeof(head), &fd) > 0) {
		assert_int_equal(head.opcode, ENC_VAULT_GONE);
		assert_int_equal(head.tag, ++count);
	}
	assert_in_range(count, 1, MANY - 1);
	assert_int_equal(enc_ipc_receive(ends[1], &head, sizeof(head), &fd), 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void test_without_a_vault(void **state)
{
	int api;

	(void)state;
	enc_vault_links_gone(-1, 7);
	assert_int_equal(enc_vault_links_api(-1, &api), -ENOTCONN);
	assert_int_equal(enc_vault_links_gate(-1, 7, -1), -ENOTCONN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_vault_that_reads_nothing),
		cmocka_unit_test(test_without_a_vault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

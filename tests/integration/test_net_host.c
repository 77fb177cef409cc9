/*
 * The host's table, in real namespaces: a "host" with the table, and an outside
 * on which every address below answers. What a socket may reach follows from
 * the uid that it was made under.
 */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/paced.h"
#include "clock.h"
#include "fd.h"
#include "host_net.h"
#include "net_host.h"

enum {
	SKIP = 77,
	FIRST = 70000, /* the block of uids */
	GATE = 70005,
	OTHER_GATE = 70006,
	LAST = 70015,
	MANY_BYTES = 300000,
	COMPLETE_READINGS = 50,
	MANY_GATES = 4000,
};

static bool has_nft(void)
{
	return host_net_run("nft --version >/dev/null 2>&1") == 0;
}

/* ---- the table ---- */

#define V4(a, b, c, d) ENC_ADDRESS_V4(a, b, c, d)

static const struct enc_network denied[] = {
	{ V4(10, 0, 0, 0), 96 + 8 },
	{ V4(10, 1, 0, 0), 96 + 16 },
	{ V4(127, 0, 0, 0), 96 + 8 },
	{ V4(224, 0, 0, 0), 96 + 4 },
	{ V4(240, 0, 0, 0), 96 + 4 },
	{ V4(255, 255, 255, 255), 128 },
	{ V4(10, 0, 0, 0), 96 + 8 },
	{ { 0 }, 3 },
	{ { 0x40 }, 2 },
	{ { 0x80 }, 1 },
	{ { 0xfc }, 7 },
	{ { [15] = 1 }, 128 },
};
static const struct enc_network internal[] = {
	{ V4(10, 9, 0, 0), 96 + 16 },
	{ V4(203, 0, 113, 0), 96 + 24 },
	{ { 0xfd, 0, 0, 9 }, 32 },
	{ { 0x20, 0x01, 0x0d, 0xb8, 0, 1 }, 48 },
};
static const uint8_t name_servers[][ENC_ADDRESS_BYTES] = {
	V4(10, 0, 0, 53),
	V4(127, 0, 0, 1),
	{ 0xfd, [15] = 0x53 },
	V4(10, 0, 0, 53),
};

static const struct enc_net_host_plan plan = {
	.name = "test",
	.first = FIRST,
	.last = LAST,
	.denied = denied,
	.denied_count = ENC_COUNT(denied),
	.internal = internal,
	.internal_count = ENC_COUNT(internal),
	.servers = name_servers,
	.server_count = ENC_COUNT(name_servers),
};

static struct enc_net_host *open_plan(const struct enc_net_host_plan *this_plan)
{
	struct enc_net_host *host = NULL;
	const char *step = "";
	int r = enc_net_host_new(this_plan, &host, &step);

	if (r < 0) {
		print_message("%s: %s\n", step, strerror(-r));
	}
	assert_int_equal(r, 0);
	return host;
}

static struct enc_net_host *open_host(void)
{
	return open_plan(&plan);
}

/* try_new() - make a table that can't be had */
static int try_new(const struct enc_net_host_plan *this_plan)
{
	struct enc_net_host *host = NULL;
	const char *step = NULL;
	int r = enc_net_host_new(this_plan, &host, &step);

	assert_true(r < 0);
	assert_null(host);
	assert_non_null(step);
	return r;
}

struct counts {
	uint64_t by_uid[LAST - FIRST + 1];
	size_t uids;
};

static void add_count(void *context, uid_t uid, uint64_t count)
{
	struct counts *counts = context;

	assert_in_range(uid, FIRST, LAST);
	assert_int_equal(counts->by_uid[uid - FIRST], 0);
	counts->by_uid[uid - FIRST] = count;
	counts->uids++;
}

static struct counts read_counts(struct enc_net_host *host)
{
	struct counts counts = { 0 };

	assert_int_equal(enc_net_host_refused(host, add_count, &counts), 0);
	return counts;
}

static uint64_t count_of(struct enc_net_host *host, uid_t uid)
{
	return read_counts(host).by_uid[uid - FIRST];
}

/* ask_table() - send one message about a table, by a socket of its own */
static int ask_table(uint16_t type, const char *name)
{
	char bytes[4096];
	struct mnl_socket *netlink =
		mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	struct mnl_nlmsg_batch *batch =
		mnl_nlmsg_batch_start(bytes, sizeof(bytes) / 2);
	struct nftnl_table *table = nftnl_table_alloc();
	const struct nlmsghdr *answer = (const void *)bytes;
	const struct nlmsgerr *error;

	assert_int_equal(mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID), 0);
	assert_int_equal(nftnl_table_set_str(table, NFTNL_TABLE_NAME, name), 0);
	nftnl_batch_begin(mnl_nlmsg_batch_current(batch), 1);
	assert_true(mnl_nlmsg_batch_next(batch));
	nftnl_table_nlmsg_build_payload(
		nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(batch), type,
				      NFPROTO_INET,
				      NLM_F_ACK | (type == NFT_MSG_NEWTABLE
							   ? NLM_F_CREATE
							   : 0),
				      2),
		table);
	assert_true(mnl_nlmsg_batch_next(batch));
	nftnl_batch_end(mnl_nlmsg_batch_current(batch), 3);
	assert_true(mnl_nlmsg_batch_next(batch));
	assert_true(mnl_socket_sendto(netlink, bytes,
				      mnl_nlmsg_batch_size(batch)) > 0);
	mnl_nlmsg_batch_stop(batch);
	nftnl_table_free(table);
	assert_true(mnl_socket_recvfrom(netlink, bytes, sizeof(bytes)) > 0);
	assert_int_equal(answer->nlmsg_type, NLMSG_ERROR);
	error = mnl_nlmsg_get_payload(answer);
	assert_int_equal(mnl_socket_close(netlink), 0);
	return error->error;
}

/* ---- tests ---- */

static void test_allowed(void **state)
{
	struct enc_net_host *host = open_host();

	(void)state;
	expect_reached(GATE, ALLOWED4, HTTP);
	expect_reached(GATE, ALLOWED6, HTTP);
	assert_int_equal(reach_by(GATE, AF_INET6, SOCK_STREAM, ALLOWED4, HTTP),
			 0);
	assert_int_equal(reach_by(GATE, AF_INET6, SOCK_DGRAM, ALLOWED4, HTTP),
			 0);
	assert_int_equal(read_counts(host).uids, 0);
	enc_net_host_free(host);
}

static void test_denied(void **state)
{
	struct enc_net_host *host = open_host();

	(void)state;
	expect_refused(GATE, DENIED4, HTTP);
	expect_refused(GATE, DENIED6, HTTP);
	/* An IPv4 address inside of an IPv6 one is the same address. */
	assert_int_equal(reach_by(GATE, AF_INET6, SOCK_STREAM, DENIED4, HTTP),
			 -ECONNREFUSED);
	assert_int_equal(reach_by(GATE, AF_INET6, SOCK_DGRAM, DENIED4, HTTP),
			 -EPERM);
	assert_int_equal(count_of(host, GATE), 6);
	enc_net_host_free(host);
	/* Without the table the same addresses answer. */
	expect_reached(GATE, DENIED4, HTTP);
	expect_reached(GATE, DENIED6, HTTP);
}

static void test_host_itself(void **state)
{
	static const char *const own[] = { "127.0.0.1", "127.9.9.9", "::1",
					   "0.0.0.0",	"::",	     OWN4,
					   OWN6 };
	/* Nothing is denied, and some is internal. */
	struct enc_net_host_plan open = plan;
	struct enc_net_host *host;

	(void)state;
	open.denied_count = 0;
	host = open_plan(&open);
	for (size_t i = 0; i < ENC_COUNT(own); i++) {
		expect_refused(GATE, own[i], HTTP);
		expect_reached(STRANGER, own[i], HTTP);
	}
	assert_int_equal(reach_by(GATE, AF_INET6, SOCK_STREAM, OWN4, HTTP),
			 -ECONNREFUSED);
	assert_int_equal(reach(GATE, SOCK_DGRAM, "203.0.113.255", HTTP),
			 -EPERM);
	assert_int_equal(reach(GATE, SOCK_DGRAM, "255.255.255.255", HTTP),
			 -EPERM);
	assert_int_equal(reach(GATE, SOCK_DGRAM, "224.0.0.1", HTTP), -EPERM);
	assert_int_equal(reach(GATE, SOCK_DGRAM, OWN_ELSEWHERE, HTTP), -EPERM);
	/* A gate knows nothing of these addresses: none of it is its fault. */
	assert_int_equal(read_counts(host).uids, 0);
	enc_net_host_free(host);
	/* Loopback is denied, too, and that it knows. */
	host = open_host();
	expect_refused(GATE, "::1", HTTP);
	expect_refused(GATE, OWN6, HTTP);
	assert_int_equal(count_of(host, GATE), 2);
	enc_net_host_free(host);
}

static void test_internal(void **state)
{
	struct enc_net_host *host = open_host();

	(void)state;
	expect_reached(GATE, INTERNAL4, HTTP);
	expect_reached(GATE, INTERNAL6, HTTP);
	assert_int_equal(reach_by(GATE, AF_INET6, SOCK_STREAM, INTERNAL4, HTTP),
			 0);
	/* The other end of the link is internal, and this end isn't. */
	expect_reached(GATE, "203.0.113.2", HTTP);
	expect_reached(GATE, "2001:db8:1::2", HTTP);
	expect_refused(GATE, OWN4, HTTP);
	expect_refused(GATE, OWN6, HTTP);
	enc_net_host_free(host);
}

static void test_name_servers(void **state)
{
	static const uint8_t replaced[][ENC_ADDRESS_BYTES] = {
		{ 0xfd, [15] = 7 },
		V4(10, 1, 2, 3),
		{ 0xfd, [15] = 7 },
	};
	static const uint8_t many[ENC_NET_HOST_SERVERS + 1][ENC_ADDRESS_BYTES];
	struct enc_net_host *host = open_host();

	(void)state;
	expect_reached(GATE, SERVER4, DNS);
	expect_reached(GATE, SERVER6, DNS);
	expect_reached(GATE, "127.0.0.1", DNS);
	expect_refused(GATE, SERVER4, NEAR_DNS);
	expect_refused(GATE, SERVER6, NEAR_DNS);
	expect_refused(GATE, "127.0.0.1", NEAR_DNS);
	expect_refused(GATE, DENIED4, DNS);

	assert_int_equal(enc_net_host_servers(host, replaced,
					      ENC_COUNT(replaced)),
			 0);
	expect_reached(GATE, DENIED4, DNS);
	expect_reached(GATE, DENIED6, DNS);
	expect_refused(GATE, SERVER4, DNS);
	expect_refused(GATE, SERVER6, DNS);

	assert_int_equal(enc_net_host_servers(host, many, ENC_COUNT(many)),
			 -E2BIG);
	expect_reached(GATE, DENIED4, DNS);

	assert_int_equal(enc_net_host_servers(host, NULL, 0), 0);
	expect_refused(GATE, DENIED4, DNS);
	expect_refused(GATE, DENIED6, DNS);
	assert_int_equal(enc_net_host_servers(host, many, ENC_NET_HOST_SERVERS),
			 0);
	enc_net_host_free(host);
}

static void test_block_of_uids(void **state)
{
	static const uid_t inside[] = { FIRST, GATE, LAST };
	static const uid_t others[] = { 0, STRANGER, FIRST - 1, LAST + 1 };
	struct enc_net_host *host = open_host();

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(inside); i++) {
		expect_refused(inside[i], DENIED4, HTTP);
		expect_refused(inside[i], OWN6, HTTP);
	}
	for (size_t i = 0; i < ENC_COUNT(others); i++) {
		for (size_t j = 0; j < OUTSIDE; j++) {
			expect_reached(others[i], host_net_outside[j], HTTP);
		}
		expect_reached(others[i], "127.0.0.1", HTTP);
		expect_reached(others[i], OWN6, HTTP);
	}
	assert_int_equal(read_counts(host).uids, ENC_COUNT(inside));
	enc_net_host_free(host);
}

/* A connection goes on when its socket is closed, and then has no uid. */
static void test_closed_sockets_of_others(void **state)
{
	static char bytes[MANY_BYTES];
	struct enc_net_host *host = open_host();
	int fd = host_net_socket(STRANGER, AF_INET, SOCK_STREAM);

	(void)state;
	assert_int_equal(host_net_connect(fd, AF_INET, DENIED4, UNTIL_END), 0);
	assert_int_equal(send(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	enc_fd_close(&fd);
	assert_int_equal(host_net_hear(), 'e');
	enc_net_host_free(host);
}

static void test_counts(void **state)
{
	struct enc_net_host *host = open_host();
	struct counts counts;

	(void)state;
	for (int i = 0; i < 3; i++) {
		expect_refused(GATE, DENIED4, HTTP);
	}
	expect_refused(OTHER_GATE, DENIED6, HTTP);
	counts = read_counts(host);
	assert_int_equal(counts.uids, 2);
	assert_int_equal(counts.by_uid[GATE - FIRST], 6);
	assert_int_equal(counts.by_uid[OTHER_GATE - FIRST], 2);

	assert_int_equal(enc_net_host_forget(host, GATE), 0);
	assert_int_equal(enc_net_host_forget(host, GATE), 0);
	assert_int_equal(enc_net_host_forget(host, STRANGER), 0);
	counts = read_counts(host);
	assert_int_equal(counts.uids, 1);
	assert_int_equal(counts.by_uid[OTHER_GATE - FIRST], 2);
	expect_refused(GATE, DENIED4, HTTP);
	assert_int_equal(count_of(host, GATE), 2);
	enc_net_host_free(host);
}

struct seen {
	bool uids[MANY_GATES];
	size_t count;
};

static void see(void *context, uid_t uid, uint64_t count)
{
	struct seen *seen = context;

	assert_in_range(uid, FIRST, FIRST + MANY_GATES - 1);
	assert_int_equal(count, 1);
	assert_false(seen->uids[uid - FIRST]);
	seen->uids[uid - FIRST] = true;
	seen->count++;
}

/* change_all_the_time() - fill the set, and then change another table */
static _Noreturn void change_all_the_time(void)
{
	for (uid_t uid = FIRST; uid < FIRST + MANY_GATES; uid++) {
		if (reach(uid, SOCK_DGRAM, DENIED4, HTTP) != -EPERM) {
			_exit(1);
		}
	}
	while (ask_table(NFT_MSG_NEWTABLE, "theirs") == 0 &&
	       ask_table(NFT_MSG_DELTABLE, "theirs") == 0) {
		/* until killed */
	}
	_exit(2);
}

static void test_reading_meanwhile(void **state)
{
	int64_t deadline_ms =
		enc_clock_mono_ms() + enc_paced_ms(2 * DEADLINE_MS);
	struct enc_net_host_plan large = plan;
	struct enc_net_host *host;
	pid_t pid;

	(void)state;
	large.last = FIRST + MANY_GATES - 1;
	host = open_plan(&large);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		change_all_the_time();
	}
	for (int complete = 0; complete < COMPLETE_READINGS;) {
		struct seen seen = { 0 };
		int r = enc_net_host_refused(host, see, &seen);

		assert_true(r == 0 || r == -EAGAIN);
		assert_true(r == 0 || seen.count == 0);
		complete += seen.count == MANY_GATES ? 1 : 0;
		assert_true(enc_clock_mono_ms() < deadline_ms);
	}
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	enc_net_host_free(host);
}

static void test_others_cannot_change_it(void **state)
{
	struct enc_net_host *host = open_host();

	(void)state;
	assert_int_equal(ask_table(NFT_MSG_DELTABLE, "enclave_test"), -EPERM);
	assert_int_equal(ask_table(NFT_MSG_NEWTABLE, "enclave_test"), -EPERM);
	assert_int_equal(try_new(&plan), -EPERM);
	if (has_nft()) {
		assert_int_equal(host_net_run("nft flush ruleset"), 0);
		assert_int_not_equal(
			host_net_run(
				"nft flush table inet enclave_test 2>/dev/null"),
			0);
		assert_int_not_equal(
			host_net_run(
				"nft add element inet enclave_test internal4 "
				"'{ 10.0.0.0/8 }' 2>/dev/null"),
			0);
		assert_int_equal(
			host_net_run(
				"nft list table inet enclave_test >/dev/null"),
			0);
	}
	expect_refused(GATE, DENIED4, HTTP);
	/* A failed request leaves no answer behind for the next one. */
	assert_int_equal(enc_net_host_forget(host, OTHER_GATE), 0);
	assert_int_equal(count_of(host, GATE), 2);
	enc_net_host_free(host);
	assert_int_equal(ask_table(NFT_MSG_DELTABLE, "enclave_test"), -ENOENT);
}

static void test_a_table_that_is_left(void **state)
{
	(void)state;
	assert_int_equal(ask_table(NFT_MSG_NEWTABLE, "enclave_test"), 0);
	assert_int_equal(try_new(&plan), -EEXIST);
	assert_int_equal(ask_table(NFT_MSG_DELTABLE, "enclave_test"), 0);
	enc_net_host_free(open_host());
}

/* The table goes with the last copy of the socket. */
static void test_copies_of_the_socket(void **state)
{
	struct enc_net_host *host = open_host();
	int hold[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(hold), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		enc_fd_close(&hold[1]);
		_exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
	}
	enc_fd_close(&hold[0]);
	enc_net_host_free(host);
	expect_refused(GATE, DENIED4, HTTP);
	assert_int_equal(try_new(&plan), -EPERM);
	enc_fd_close(&hold[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	expect_reached(GATE, DENIED4, HTTP);
	enc_net_host_free(open_host());
}

static void test_whole_families(void **state)
{
	static const struct enc_network all4 = { V4(0, 0, 0, 0), 96 };
	static const struct enc_network all6 = { { 0 }, 0 };
	struct enc_net_host_plan whole = plan;
	struct enc_net_host *host;

	(void)state;
	whole.denied = &all4;
	whole.denied_count = 1;
	host = open_plan(&whole);
	expect_refused(GATE, ALLOWED4, HTTP);
	expect_reached(GATE, ALLOWED6, HTTP);
	expect_reached(GATE, INTERNAL4, HTTP);
	enc_net_host_free(host);

	whole.denied = &all6;
	host = open_plan(&whole);
	expect_reached(GATE, ALLOWED4, HTTP);
	expect_refused(GATE, ALLOWED6, HTTP);
	expect_reached(GATE, INTERNAL6, HTTP);
	enc_net_host_free(host);
}

static void test_limits_of_a_plan(void **state)
{
	static struct enc_network many[ENC_NET_HOST_PREFIXES + 1];
	struct enc_net_host_plan bad = plan;
	struct enc_net_host_plan full = plan;
	struct enc_net_host *host;

	(void)state;
	/* Every second address, so that nothing can be merged. */
	for (size_t i = 0; i < ENC_COUNT(many); i++) {
		many[i] = (struct enc_network){ { 0xfd,
						  1, [14] = (uint8_t)(i >> 7),
						  [15] = (uint8_t)(2 * i) },
						128 };
	}
	memcpy(many[ENC_NET_HOST_PREFIXES - 1].addr, "\xfd\0\0\0\0\0\0", 8);
	full.denied = many;
	full.denied_count = ENC_NET_HOST_PREFIXES;
	full.internal = many;
	full.internal_count = ENC_NET_HOST_PREFIXES - 1;
	host = open_plan(&full);
	expect_reached(GATE, DENIED6, HTTP);
	enc_net_host_free(host);

	full.denied_count++;
	assert_int_equal(try_new(&full), -E2BIG);
	bad.name = "";
	assert_int_equal(try_new(&bad), -EINVAL);
	bad = plan;
	bad.first = LAST + 1;
	assert_int_equal(try_new(&bad), -EINVAL);
	bad = plan;
	bad.server_count = ENC_NET_HOST_SERVERS + 1;
	assert_int_equal(try_new(&bad), -E2BIG);
	many[3].bits = 129;
	bad = plan;
	bad.denied = many;
	assert_int_equal(try_new(&bad), -EINVAL);
}

/* What counts is where the gate sends to, not where the host's NAT leads. */
static void test_nat_of_the_host(void **state)
{
	struct enc_net_host *host;

	(void)state;
	if (!has_nft() ||
	    host_net_run("nft 'add table ip nat; add chain ip nat output "
			 "{ type nat hook output priority -100; }; "
			 "add rule ip nat output ip daddr " SERVER4
			 " udp dport 53 "
			 "dnat to 127.0.0.1:54; "
			 "add rule ip nat output ip daddr " OWN4
			 " tcp dport 8080 "
			 "dnat to " ALLOWED4 ":80; "
			 "add rule ip nat output ip daddr " ALLOWED4
			 " tcp dport 3128 "
			 "dnat to " DENIED4 ":80'") != 0) {
		skip();
	}
	host = open_host();
	/* a name server behind another port, as in a container of Docker */
	assert_int_equal(reach(GATE, SOCK_DGRAM, SERVER4, DNS), 0);
	/* a published port of the host */
	assert_int_equal(reach(STRANGER, SOCK_STREAM, OWN4, 8080), 0);
	assert_int_equal(reach(GATE, SOCK_STREAM, OWN4, 8080), -ECONNREFUSED);
	/* a transparent proxy */
	assert_int_equal(reach(GATE, SOCK_STREAM, ALLOWED4, 3128), 0);
	assert_int_equal(read_counts(host).uids, 0);
	enc_net_host_free(host);
	assert_int_equal(host_net_run("nft delete table ip nat"), 0);
}

/* A firewall that only lets known connections pass lets refusals pass. */
static void test_firewall_of_the_host(void **state)
{
	struct enc_net_host *host;

	(void)state;
	if (!has_nft() ||
	    host_net_run(
		    "nft 'add table inet wall; "
		    "add chain inet wall input { type filter hook input "
		    "priority 0; policy drop; }; "
		    "add chain inet wall output { type filter hook output "
		    "priority 0; policy drop; }; "
		    "add rule inet wall input ct state established,related accept; "
		    "add rule inet wall input icmpv6 type { nd-neighbor-solicit, "
		    "nd-neighbor-advert } accept; "
		    "add rule inet wall output ct state invalid drop; "
		    "add rule inet wall output accept'") != 0) {
		skip();
	}
	host = open_host();
	expect_refused(GATE, DENIED4, HTTP);
	expect_refused(GATE, DENIED6, HTTP);
	expect_refused(GATE, OWN4, HTTP);
	expect_reached(GATE, ALLOWED4, HTTP);
	expect_reached(GATE, ALLOWED6, HTTP);
	enc_net_host_free(host);
	assert_int_equal(host_net_run("nft delete table inet wall"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_host_itself),
		cmocka_unit_test(test_internal),
		cmocka_unit_test(test_name_servers),
		cmocka_unit_test(test_block_of_uids),
		cmocka_unit_test(test_closed_sockets_of_others),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_reading_meanwhile),
		cmocka_unit_test(test_others_cannot_change_it),
		cmocka_unit_test(test_a_table_that_is_left),
		cmocka_unit_test(test_copies_of_the_socket),
		cmocka_unit_test(test_whole_families),
		cmocka_unit_test(test_limits_of_a_plan),
		cmocka_unit_test(test_nat_of_the_host),
		cmocka_unit_test(test_firewall_of_the_host),
	};

	if (geteuid() != 0 ||
	    host_net_run("ip -Version >/dev/null 2>&1") != 0) {
		print_message("needs root and ip(8)\n");
		return SKIP;
	}
	return cmocka_run_group_tests(tests, host_net_set_up,
				      host_net_tear_down);
}

/* Facts about machines in, rows out: each fault is named, with a remedy. */

#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "machine_judge.h"

#define MIB ((uint64_t)1 << 20)

static void make_work(struct enc_machine_try *result, const char *text)
{
	result->outcome = ENC_MACHINE_WORKS;
	(void)snprintf(result->text, sizeof(result->text), "%s", text);
}

static void make_fail(struct enc_machine_try *result, const char *text)
{
	result->outcome = ENC_MACHINE_FAILS;
	(void)snprintf(result->text, sizeof(result->text), "%s", text);
}

/* make_good() - a Debian 12 as installed, with a runsc */
static void make_good(struct enc_machine_facts *facts)
{
	static const int64_t values[ENC_MACHINE_SETTING_MAX] = {
		[ENC_MACHINE_USERNS_CLONE] = 1,
		[ENC_MACHINE_USER_NAMESPACES] = 7811,
		[ENC_MACHINE_NET_NAMESPACES] = 7811,
		[ENC_MACHINE_BPF_JIT_LIMIT] = 528482304,
	};

	*facts = (struct enc_machine_facts){ .root = true,
					     .capabilities = UINT64_MAX,
					     .kernel = "6.1.0-56-amd64",
					     .landlock_abi = 2,
					     .lsm = "lockdown,landlock,yama",
					     .state_free_bytes = 4096 * MIB };
	make_work(&facts->cgroups, "v2");
	make_work(&facts->namespaces, "tried");
	make_work(&facts->overlay, "tried");
	make_work(&facts->seccomp, "tried");
	make_work(&facts->network, "tried");
	make_work(&facts->environments, "2 in /var/lib/enclave/environments");
	make_work(&facts->proc, "can be mounted");
	make_work(&facts->allowlists, "tried");
	make_work(&facts->gvisor, "release-20260905-go");
	facts->has_runsc = true;
	make_work(&facts->state, "/var/lib/enclave");
	for (size_t i = 0; i < ENC_COUNT(values); i++) {
		facts->settings[i] =
			(struct enc_machine_number){ .known = true,
						     .value = values[i] };
	}
}

/* judge() - the rows; returns the one of @feature, which must be there */
static const struct enc_machine_row *
judge(const struct enc_machine_facts *facts, const char *feature)
{
	static struct enc_machine_row rows[ENC_MACHINE_ROWS_MAX];
	const struct enc_machine_row *found = NULL;
	size_t count = enc_machine_judge_all(facts, rows);

	for (size_t i = 0; i < count; i++) {
		const struct enc_machine_row *row = &rows[i];

		assert_true(row->detail[0] != '\0');
		/* What isn't good has a remedy, and nothing else has. */
		assert_int_equal(row->remedy[0] != '\0',
				 row->state != ENC_MACHINE_OK);
		assert_true(row->required || row->state != ENC_MACHINE_MISSING);
		if (strcmp(row->feature, feature) == 0) {
			found = row;
		}
	}
	assert_non_null(found);
	return found;
}

/* expect() - that row's state, and that its texts say so much */
static void expect(const struct enc_machine_facts *facts, const char *feature,
		   enum enc_machine_state state, const char *detail,
		   const char *remedy)
{
	const struct enc_machine_row *row = judge(facts, feature);

	assert_int_equal(row->state, state);
	assert_non_null(strstr(row->detail, detail));
	assert_non_null(strstr(row->remedy, remedy));
}

static size_t count_bad(const struct enc_machine_facts *facts)
{
	struct enc_machine_row rows[ENC_MACHINE_ROWS_MAX];
	size_t count = enc_machine_judge_all(facts, rows);
	size_t bad = 0;

	for (size_t i = 0; i < count; i++) {
		bad += rows[i].state != ENC_MACHINE_OK ? 1 : 0;
	}
	return bad;
}

static void test_a_good_machine(void **state)
{
	struct enc_machine_facts facts;

	(void)state;
	make_good(&facts);
	assert_int_equal(count_bad(&facts), 0);
}

/* D8: each setting, at its last good and its first bad value. */
static void test_settings(void **state)
{
	static const struct {
		enum enc_machine_setting setting;
		int64_t good;
		int64_t bad;
		enum enc_machine_state state;
		enum enc_machine_state without_runsc;
	} rows[] = {
		{ ENC_MACHINE_USERNS_CLONE, 1, 0, ENC_MACHINE_MISSING,
		  ENC_MACHINE_WITHOUT },
		{ ENC_MACHINE_USER_NAMESPACES, 2048, 3, ENC_MACHINE_MISSING,
		  ENC_MACHINE_MISSING },
		{ ENC_MACHINE_USER_NAMESPACES, 2048, 4, ENC_MACHINE_WITHOUT,
		  ENC_MACHINE_WITHOUT },
		{ ENC_MACHINE_USER_NAMESPACES, 2048, 2047, ENC_MACHINE_WITHOUT,
		  ENC_MACHINE_WITHOUT },
		{ ENC_MACHINE_NET_NAMESPACES, 2048, 3, ENC_MACHINE_MISSING,
		  ENC_MACHINE_MISSING },
		{ ENC_MACHINE_NET_NAMESPACES, 2048, 2047, ENC_MACHINE_WITHOUT,
		  ENC_MACHINE_WITHOUT },
		{ ENC_MACHINE_PTRACE_SCOPE, 1, 2, ENC_MACHINE_MISSING,
		  ENC_MACHINE_WITHOUT },
		{ ENC_MACHINE_PTRACE_SCOPE, 0, 3, ENC_MACHINE_MISSING,
		  ENC_MACHINE_WITHOUT },
		{ ENC_MACHINE_OVERCOMMIT, 1, 2, ENC_MACHINE_MISSING,
		  ENC_MACHINE_WITHOUT },
		{ ENC_MACHINE_APPARMOR_USERNS, 0, 1, ENC_MACHINE_WITHOUT,
		  ENC_MACHINE_WITHOUT },
		{ ENC_MACHINE_BPF_JIT_LIMIT, 64 << 20, (64 << 20) - 1,
		  ENC_MACHINE_WITHOUT, ENC_MACHINE_WITHOUT },
		{ ENC_MACHINE_BPF_JIT_HARDEN, 1, 2, ENC_MACHINE_WITHOUT,
		  ENC_MACHINE_WITHOUT },
	};
	struct enc_machine_facts facts;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		const char *name = enc_machine_setting_name(rows[i].setting);

		make_good(&facts);
		facts.settings[rows[i].setting].value = rows[i].good;
		assert_int_equal(count_bad(&facts), 0);
		facts.settings[rows[i].setting].value = rows[i].bad;
		assert_int_equal(count_bad(&facts), 1);
		expect(&facts, name, rows[i].state, ": ", "sysctl ");
		/* A runsc that this keeps from saying its version. */
		make_fail(&facts.gvisor, "runsc doesn't say its version");
		expect(&facts, name, rows[i].without_runsc, ": ", "sysctl ");
		assert_null(strstr(judge(&facts, name)->detail, "no runsc"));
		make_fail(&facts.gvisor, "there is no runsc");
		facts.has_runsc = false;
		expect(&facts, name, rows[i].without_runsc, ": ", "sysctl ");
	}
}

/* A kernel without a setting is none that has it wrong. */
static void test_settings_that_are_not_there(void **state)
{
	struct enc_machine_facts facts;

	(void)state;
	make_good(&facts);
	for (size_t i = 0; i < ENC_MACHINE_SETTING_MAX; i++) {
		facts.settings[i] = (struct enc_machine_number){ 0 };
	}
	assert_int_equal(count_bad(&facts), 0);
	facts.settings[ENC_MACHINE_BPF_JIT_LIMIT].hidden = true;
	expect(&facts, "net.core.bpf_jit_limit", ENC_MACHINE_UNKNOWN,
	       "may not be read", "as root");
}

/* D9: what a container's default rights lack is named, each by its name. */
static void test_capabilities(void **state)
{
	struct enc_machine_facts facts;

	(void)state;
	make_good(&facts);
	facts.capabilities &= ~(UINT64_C(1) << CAP_SYS_ADMIN);
	facts.capabilities &= ~(UINT64_C(1) << CAP_NET_ADMIN);
	expect(&facts, "capabilities", ENC_MACHINE_MISSING,
	       "lacks CAP_NET_ADMIN CAP_SYS_ADMIN", "capabilities of root");
	memcpy(facts.container, "docker", 7);
	expect(&facts, "capabilities", ENC_MACHINE_MISSING, "CAP_SYS_ADMIN",
	       "--privileged");
	facts.capabilities = 0;
	expect(&facts, "capabilities", ENC_MACHINE_MISSING, "CAP_CHOWN",
	       "--privileged");
}

/* What was tried and failed says why, and in a container what to start. */
static void test_tries(void **state)
{
	struct enc_machine_facts facts;

	(void)state;
	make_good(&facts);
	make_fail(&facts.cgroups, "cgroup unified /sys/fs/cgroup: Read-only");
	make_fail(&facts.proc, "mounting it: Operation not permitted");
	expect(&facts, "cgroups", ENC_MACHINE_MISSING, "Read-only", "writable");
	expect(&facts, "proc", ENC_MACHINE_MISSING, "not permitted", "masks");
	assert_null(strstr(judge(&facts, "cgroups")->remedy, "container"));
	memcpy(facts.container, "podman", 7);
	expect(&facts, "cgroups", ENC_MACHINE_MISSING, "Read-only",
	       "--cgroupns=host");
}

static void test_the_rest(void **state)
{
	struct enc_machine_facts facts;

	(void)state;
	make_good(&facts);
	memcpy(facts.kernel, "5.10.0", 7);
	expect(&facts, "kernel 6.1", ENC_MACHINE_MISSING, "5.10.0", "6.1");
	memcpy(facts.kernel, "6.0.19", 7);
	expect(&facts, "kernel 6.1", ENC_MACHINE_MISSING, "6.0.19", "6.1");
	memcpy(facts.kernel, "7.0-rc1", 8);
	expect(&facts, "kernel 6.1", ENC_MACHINE_OK, "7.0-rc1", "");
	facts.landlock_abi = 0;
	memcpy(facts.lsm, "lockdown,yama", 14);
	expect(&facts, "landlock", ENC_MACHINE_MISSING, "lsm=lockdown,yama",
	       "lsm=");
	facts.outer_filter = true;
	expect(&facts, "seccomp of others", ENC_MACHINE_WITHOUT, "on record",
	       "enclave.service(8)");
	facts.state_free_bytes = 64 * MIB - 1;
	expect(&facts, "state", ENC_MACHINE_MISSING, "63 MiB free", "room");
	make_fail(&facts.state, "/var/lib/enclave: Read-only file system");
	expect(&facts, "state", ENC_MACHINE_MISSING, "Read-only",
	       "--state-dir");
	make_fail(&facts.gvisor, "there is no runsc");
	expect(&facts, "gvisor", ENC_MACHINE_WITHOUT, "no runsc", "native");
	make_fail(&facts.allowlists, "nftables rules: No such file");
	expect(&facts, "allowlists", ENC_MACHINE_WITHOUT, "nftables rules",
	       "nft_fib_inet");
	make_fail(&facts.environments, "no environment in /x");
	expect(&facts, "environments", ENC_MACHINE_MISSING, "/x", "make env");
}

/* Anybody but root learns which checks weren't made: nothing is made up. */
static void test_not_root(void **state)
{
	static const char *const untried[] = { "capabilities", "cgroups",
					       "namespaces",   "overlay",
					       "network",      "proc" };
	struct enc_machine_facts facts;
	struct enc_machine_try nothing = { 0 };

	(void)state;
	make_good(&facts);
	facts.root = false;
	facts.cgroups = nothing;
	facts.namespaces = nothing;
	facts.overlay = nothing;
	facts.network = nothing;
	facts.proc = nothing;
	for (size_t i = 0; i < ENC_COUNT(untried); i++) {
		expect(&facts, untried[i], ENC_MACHINE_UNKNOWN, "only root",
		       "as root");
	}
	expect(&facts, "root", ENC_MACHINE_MISSING, "not running", "sudo");
}

/* A server looks at less before it starts: nothing of gVisor, no setting. */
static void test_basics(void **state)
{
	struct enc_machine_row rows[ENC_MACHINE_ROWS_MAX];
	struct enc_machine_facts facts;
	size_t count;

	(void)state;
	make_good(&facts);
	make_fail(&facts.gvisor, "there is no runsc");
	facts.settings[ENC_MACHINE_OVERCOMMIT].value = 2;
	count = enc_machine_judge_basics(&facts, rows);
	assert_true(count > 5);
	for (size_t i = 0; i < count; i++) {
		assert_true(rows[i].basic && rows[i].required);
		assert_int_equal(rows[i].state, ENC_MACHINE_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_good_machine),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_settings_that_are_not_there),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_tries),
		cmocka_unit_test(test_the_rest),
		cmocka_unit_test(test_not_root),
		cmocka_unit_test(test_basics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

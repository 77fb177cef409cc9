#include <assert.h>
#include <linux/capability.h>

#include "machine_judge.h"

enum {
	KERNEL_MAJOR = 6,
	KERNEL_MINOR = 1,
	/*
	 * Namespaces of one user: a sandbox of gVisor has three, a full server
	 * thousands.
	 */
	NAMESPACES_LEAST = 4,
	NAMESPACES_AMPLE = 2048,
};
#define MIB (UINT64_C(1) << 20)
#define STATE_LEAST_BYTES (64 * MIB)
#define BPF_JIT_LEAST_BYTES ((int64_t)64 << 20)

static const char container_remedy[] =
	"docker run --privileged --cgroupns=host, or the like";

/*
 * The capabilities that enclaved uses. The list lacks capabilities that only
 * its children use: a root that has the listed ones has these, too.
 */
static const struct {
	unsigned int number;
	const char *name;
} capabilities[] = {
	{ CAP_CHOWN, "CAP_CHOWN" },
	{ CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE" },
	{ CAP_FOWNER, "CAP_FOWNER" },
	{ CAP_KILL, "CAP_KILL" },
	{ CAP_SETGID, "CAP_SETGID" },
	{ CAP_SETUID, "CAP_SETUID" },
	{ CAP_SETPCAP, "CAP_SETPCAP" },
	{ CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE" },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ CAP_SYS_CHROOT, "CAP_SYS_CHROOT" },
	{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE" },
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	{ CAP_MKNOD, "CAP_MKNOD" },
};

static const char *const state_names[ENC_MACHINE_STATE_MAX] = {
	[ENC_MACHINE_OK] = "ok",
	[ENC_MACHINE_MISSING] = "missing",
	[ENC_MACHINE_WITHOUT] = "without",
	[ENC_MACHINE_UNKNOWN] = "unknown",
};

const char *enc_machine_state_name(enum enc_machine_state state)
{
	ENC_ASSERT(state < ENC_MACHINE_STATE_MAX);
	return state_names[state];
}

/* ---- one row ---- */

static void say(struct enc_machine_row *row, enum enc_machine_state state,
		const char *detail, const char *remedy)
{
	row->state = state;
	(void)snprintf(row->detail, sizeof(row->detail), "%s", detail);
	(void)snprintf(row->remedy, sizeof(row->remedy), "%s",
		       state == ENC_MACHINE_OK ? "" : remedy);
}

/*
 * judge_try() - judge a feature that was tried; in a container the remedy for
 * containers is added
 */
static void judge_try(struct enc_machine_row *row,
		      const struct enc_machine_facts *facts,
		      const struct enc_machine_try *result, const char *remedy)
{
	char text[ENC_MACHINE_TEXT_BYTES];

	(void)snprintf(text, sizeof(text), "%.140s%s%s", remedy,
		       facts->container[0] == '\0' ? "" : "; in a container: ",
		       facts->container[0] == '\0' ? "" : container_remedy);
	switch (result->outcome) {
	case ENC_MACHINE_NOT_TRIED:
		say(row, ENC_MACHINE_UNKNOWN, "only root can try it",
		    "run `enclave doctor` as root");
		break;
	case ENC_MACHINE_WORKS:
		say(row, ENC_MACHINE_OK, result->text, "");
		break;
	case ENC_MACHINE_FAILS:
		say(row,
		    row->required ? ENC_MACHINE_MISSING : ENC_MACHINE_WITHOUT,
		    result->text, text);
		break;
	}
}

static void judge_root(const struct enc_machine_facts *facts,
		       struct enc_machine_row *row)
{
	say(row, facts->root ? ENC_MACHINE_OK : ENC_MACHINE_MISSING,
	    facts->root ? "running as root" : "not running as root",
	    "start as root (sudo), or use a server that runs already: set "
	    "ENCLAVE_BASE_URL");
}

static void judge_capabilities(const struct enc_machine_facts *facts,
			       struct enc_machine_row *row)
{
	char lacking[ENC_MACHINE_TEXT_BYTES] = "lacks";
	size_t length = strlen(lacking);
	bool all = true;

	if (!facts->root) {
		say(row, ENC_MACHINE_UNKNOWN, "only root has any",
		    "run `enclave doctor` as root");
		return;
	}
	for (size_t i = 0; i < ENC_COUNT(capabilities); i++) {
		uint64_t bit = UINT64_C(1) << capabilities[i].number;

		if ((facts->capabilities & bit) == 0 &&
		    length < sizeof(lacking)) {
			length += (size_t)snprintf(lacking + length,
						   sizeof(lacking) - length,
						   " %s", capabilities[i].name);
			all = false;
		}
	}
	say(row, all ? ENC_MACHINE_OK : ENC_MACHINE_MISSING,
	    all ? "all that sandboxes need" : lacking,
	    facts->container[0] == '\0'
		    ? "start it with all capabilities of root"
		    : container_remedy);
}

static void judge_kernel(const struct enc_machine_facts *facts,
			 struct enc_machine_row *row)
{
	char *dot;
	unsigned long major = strtoul(facts->kernel, &dot, 10);
	unsigned long minor = *dot == '.' ? strtoul(dot + 1, NULL, 10) : 0;
	bool good = major > KERNEL_MAJOR ||
		    (major == KERNEL_MAJOR && minor >= KERNEL_MINOR);

	say(row, good ? ENC_MACHINE_OK : ENC_MACHINE_MISSING, facts->kernel,
	    "boot a kernel 6.1 or newer");
}

static void judge_cgroups(const struct enc_machine_facts *facts,
			  struct enc_machine_row *row)
{
	judge_try(row, facts, &facts->cgroups,
		  "mount cgroup v2 alone, as systemd does by default (or v1 "
		  "with memory, pids, cpu, cpuacct), writable");
}

static void judge_namespaces(const struct enc_machine_facts *facts,
			     struct enc_machine_row *row)
{
	judge_try(row, facts, &facts->namespaces,
		  "allow namespaces: sysctl user.max_user_namespaces=65536 "
		  "and the like");
}

static void judge_overlay(const struct enc_machine_facts *facts,
			  struct enc_machine_row *row)
{
	judge_try(row, facts, &facts->overlay, "load it: modprobe overlay");
}

static void judge_seccomp(const struct enc_machine_facts *facts,
			  struct enc_machine_row *row)
{
	judge_try(row, facts, &facts->seccomp,
		  "boot a kernel with CONFIG_SECCOMP_FILTER");
}

static void judge_landlock(const struct enc_machine_facts *facts,
			   struct enc_machine_row *row)
{
	char text[ENC_MACHINE_TEXT_BYTES];
	bool listed = strstr(facts->lsm, "landlock") != NULL;

	if (facts->landlock_abi >= 1) {
		(void)snprintf(text, sizeof(text), "ABI %d",
			       facts->landlock_abi);
	} else if (facts->lsm[0] == '\0' || listed) {
		(void)snprintf(text, sizeof(text), "the kernel has none");
	} else {
		(void)snprintf(text, sizeof(text), "off: lsm=%.200s",
			       facts->lsm);
	}
	say(row,
	    facts->landlock_abi >= 1 ? ENC_MACHINE_OK : ENC_MACHINE_MISSING,
	    text,
	    "boot a kernel with CONFIG_SECURITY_LANDLOCK, and with landlock "
	    "in lsm= of its command line");
}

static void judge_network(const struct enc_machine_facts *facts,
			  struct enc_machine_row *row)
{
	judge_try(row, facts, &facts->network,
		  "load veth, nf_tables, nft_tproxy, nft_reject_inet; keep "
		  "IPv6 on");
}

static void judge_allowlists(const struct enc_machine_facts *facts,
			     struct enc_machine_row *row)
{
	judge_try(row, facts, &facts->allowlists,
		  "load nf_tables, nft_fib_inet, nft_reject_inet for sessions "
		  "that may reach something");
}

static void judge_environments(const struct enc_machine_facts *facts,
			       struct enc_machine_row *row)
{
	say(row,
	    facts->environments.outcome == ENC_MACHINE_WORKS
		    ? ENC_MACHINE_OK
		    : ENC_MACHINE_MISSING,
	    facts->environments.text,
	    "build one: make env, or tools/mkenv default");
}

/* ---- features that explain a failure ---- */

static void judge_proc(const struct enc_machine_facts *facts,
		       struct enc_machine_row *row)
{
	judge_try(row, facts, &facts->proc,
		  "take the masks off /proc: a partly covered one can't be "
		  "mounted anew");
}

static void judge_outer_filter(const struct enc_machine_facts *facts,
			       struct enc_machine_row *row)
{
	if (facts->outer_filter) {
		say(row, ENC_MACHINE_WITHOUT,
		    "on before Enclave's own: what it refuses isn't on record",
		    facts->container[0] == '\0'
			    ? "start without SystemCallFilter= and the like; "
			      "see enclave.service(8)"
			    : "docker run --security-opt seccomp=unconfined");
	} else {
		say(row, ENC_MACHINE_OK, "none but Enclave's own", "");
	}
}

static void judge_state(const struct enc_machine_facts *facts,
			struct enc_machine_row *row)
{
	char text[ENC_MACHINE_TEXT_BYTES];
	bool room = facts->state_free_bytes >= STATE_LEAST_BYTES;

	if (facts->state.outcome != ENC_MACHINE_WORKS) {
		say(row, ENC_MACHINE_MISSING, facts->state.text,
		    "make it a directory that root alone can write, or name another "
		    "one with --state-dir");
		return;
	}
	(void)snprintf(text, sizeof(text), "%llu MiB free in %.200s",
		       (unsigned long long)(facts->state_free_bytes / MIB),
		       facts->state.text);
	say(row, room ? ENC_MACHINE_OK : ENC_MACHINE_MISSING, text,
	    "make room: every session is recorded there");
}

static void judge_gvisor(const struct enc_machine_facts *facts,
			 struct enc_machine_row *row)
{
	say(row,
	    facts->gvisor.outcome == ENC_MACHINE_WORKS ? ENC_MACHINE_OK
						       : ENC_MACHINE_WITHOUT,
	    facts->gvisor.text,
	    "sandboxes are native without it; tools/bootstrap gvisor finds or "
	    "builds a runsc");
}

/*
 * Settings with a good range @least..@most. A value outside of it is a fault.
 * Sessions fail if it is below @bearable; otherwise only what @what says is
 * worse.
 */
static const struct setting_row {
	enum enc_machine_setting setting;
	int64_t least;
	int64_t most;
	int64_t bearable;
	bool gvisor_alone; /* the setting matters only if there is a runsc */
	const char *what;
	const char *remedy;
} setting_rows[] = {
	{ ENC_MACHINE_USERNS_CLONE, 1, INT64_MAX, INT64_MAX, true,
	  "runsc may not make its user namespaces",
	  "sysctl kernel.unprivileged_userns_clone=1" },
	{ ENC_MACHINE_USER_NAMESPACES, NAMESPACES_AMPLE, INT64_MAX,
	  NAMESPACES_LEAST, false,
	  "each sandbox has some, and there can't be many sandboxes",
	  "sysctl user.max_user_namespaces=65536" },
	{ ENC_MACHINE_NET_NAMESPACES, NAMESPACES_AMPLE, INT64_MAX,
	  NAMESPACES_LEAST, false,
	  "each sandbox has two, and there can't be many sandboxes",
	  "sysctl user.max_net_namespaces=65536" },
	{ ENC_MACHINE_PTRACE_SCOPE, 0, 1, INT64_MAX, true,
	  "runsc traces its own children",
	  "sysctl kernel.yama.ptrace_scope=1 (3 needs a reboot to change)" },
	{ ENC_MACHINE_OVERCOMMIT, 0, 1, INT64_MAX, true,
	  "runsc reserves far more addresses than it uses",
	  "sysctl vm.overcommit_memory=0" },
	{ ENC_MACHINE_APPARMOR_USERNS, 0, 0, INT64_MIN, true,
	  "AppArmor may keep runsc from making its user namespaces",
	  "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a "
	  "profile for runsc" },
	{ ENC_MACHINE_BPF_JIT_LIMIT, BPF_JIT_LEAST_BYTES, INT64_MAX, INT64_MIN,
	  false, "filters of many sandboxes may not fit",
	  "sysctl net.core.bpf_jit_limit=268435456" },
	{ ENC_MACHINE_BPF_JIT_HARDEN, 0, 1, INT64_MIN, false,
	  "every system call of a sandbox costs more",
	  "sysctl net.core.bpf_jit_harden=1 hardens all but root's" },
};

static void judge_setting(const struct enc_machine_facts *facts,
			  const struct setting_row *setting,
			  struct enc_machine_row *row)
{
	const struct enc_machine_number *number =
		&facts->settings[setting->setting];
	bool runs = facts->gvisor.outcome == ENC_MACHINE_WORKS;
	char text[ENC_MACHINE_TEXT_BYTES];

	row->feature = enc_machine_setting_name(setting->setting);
	row->required = (!setting->gvisor_alone || runs) &&
			setting->bearable != INT64_MIN;
	if (number->hidden) {
		say(row, ENC_MACHINE_UNKNOWN, "it may not be read",
		    "run `enclave doctor` as root");
		return;
	}
	if (!number->known) {
		say(row, ENC_MACHINE_OK, "not a setting of this kernel", "");
		return;
	}
	if (number->value >= setting->least && number->value <= setting->most) {
		(void)snprintf(text, sizeof(text), "%lld",
			       (long long)number->value);
		say(row, ENC_MACHINE_OK, text, "");
		return;
	}
	(void)snprintf(text, sizeof(text), "%lld: %s%s",
		       (long long)number->value, setting->what,
		       setting->gvisor_alone && !facts->has_runsc
			       ? "; there is no runsc"
			       : "");
	say(row,
	    row->required && number->value < setting->bearable
		    ? ENC_MACHINE_MISSING
		    : ENC_MACHINE_WITHOUT,
	    text, setting->remedy);
}

/* ---- the table of judges ---- */

static const struct judge {
	const char *feature;
	void (*judge)(const struct enc_machine_facts *facts,
		      struct enc_machine_row *row);
	bool basic;
	bool required;
} judges[] = {
	{ "root", judge_root, true, true },
	{ "capabilities", judge_capabilities, true, true },
	{ "kernel 6.1", judge_kernel, true, true },
	{ "cgroups", judge_cgroups, true, true },
	{ "namespaces", judge_namespaces, true, true },
	{ "overlay", judge_overlay, true, true },
	{ "seccomp", judge_seccomp, true, true },
	{ "landlock", judge_landlock, true, true },
	{ "network", judge_network, true, true },
	{ "environments", judge_environments, true, true },
	{ "proc", judge_proc, false, true },
	{ "seccomp of others", judge_outer_filter, false, false },
	{ "allowlists", judge_allowlists, false, false },
	{ "state", judge_state, false, true },
	{ "gvisor", judge_gvisor, false, false },
};

static_assert(ENC_COUNT(judges) + ENC_COUNT(setting_rows) <=
		      ENC_MACHINE_ROWS_MAX,
	      "more rows than there is room for");

static size_t judge_some(const struct enc_machine_facts *facts, bool basics,
			 struct enc_machine_row ret_rows[ENC_MACHINE_ROWS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < ENC_COUNT(judges); i++) {
		if (basics && !judges[i].basic) {
			continue;
		}
		ret_rows[count] = (struct enc_machine_row){
			.feature = judges[i].feature,
			.basic = judges[i].basic,
			.required = judges[i].required,
		};
		judges[i].judge(facts, &ret_rows[count]);
		count++;
	}
	return count;
}

size_t
enc_machine_judge_basics(const struct enc_machine_facts *facts,
			 struct enc_machine_row ret_rows[ENC_MACHINE_ROWS_MAX])
{
	return judge_some(facts, /* basics= */ true, ret_rows);
}

size_t
enc_machine_judge_all(const struct enc_machine_facts *facts,
		      struct enc_machine_row ret_rows[ENC_MACHINE_ROWS_MAX])
{
	size_t count = judge_some(facts, /* basics= */ false, ret_rows);

	for (size_t i = 0; i < ENC_COUNT(setting_rows); i++) {
		ret_rows[count] = (struct enc_machine_row){ 0 };
		judge_setting(facts, &setting_rows[i], &ret_rows[count]);
		count++;
	}
	return count;
}

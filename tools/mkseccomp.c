/*
 * mkseccomp: compile src/sandbox/seccomp_policy.h, or another table, for the
 * architecture that it is built on. Run by the build.
 *
 *	mkseccomp host    a BPF program; what is reported, or asked for,
 *	                  notifies a listener
 *	mkseccomp guest   the same where there is no listener: what would be
 *	                  reported is EPERM, what would be asked for goes
 *	                  through
 *	mkseccomp oci     the allow-list as runsc --oci-seccomp reads it; what
 *	                  isn't in it is EPERM, the only error that runsc knows
 *	mkseccomp rows    the table with numbers, for tests that hold the
 *	                  program to it
 */

#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Which table: the sandbox's, unless the build says otherwise. */
#ifndef ENC_SECCOMP_POLICY
#define ENC_SECCOMP_POLICY "seccomp_policy.h"
#endif
#include ENC_SECCOMP_POLICY

/*
 * What is in no row, and calls of another architecture. A table may also say
 * what becomes of REPORT: ENC_SECCOMP_REPORTED.
 */
#ifndef ENC_SECCOMP_OTHERWISE
#define ENC_SECCOMP_OTHERWISE SCMP_ACT_ERRNO(ENOSYS)
#define ENC_SECCOMP_FOREIGN reported()
#endif

enum { NAMES_MAX = 512 };

#ifndef ENC_SECCOMP_ASK
#define ENC_SECCOMP_ASK(X)
#define ENC_SECCOMP_LACK(X)
#endif

enum action { ALLOW, ASK, REFUSE, LACK, NOOPT, INVALID, IGNORE, REPORT };
enum relation { EQ, LE, GT, MASK, RELATIONS };

struct comparison {
	unsigned int argument;
	enum relation relation;
	uint64_t mask;
	uint64_t value;
};

#define EQ(argument, value)                       \
	{                                         \
		argument, EQ, ~UINT64_C(0), value \
	}
#define LE(argument, value)                       \
	{                                         \
		argument, LE, ~UINT64_C(0), value \
	}
#define GT(argument, value)                       \
	{                                         \
		argument, GT, ~UINT64_C(0), value \
	}
/*
 * Of arguments that are ints the kernel drops the upper 32 bits, and so does
 * this. There is no NE: libseccomp compares all 64, and a bit set up there
 * would make any two numbers differ.
 */
#define MASK(argument, mask, value)                                     \
	{                                                               \
		argument, MASK, (unsigned int)(mask)&0xffffffffU, value \
	}

enum { COMPARISONS_MAX = 6 };

static unsigned int allowed;
static scmp_filter_ctx filter;
static bool guest; /* there is no listener */

typedef void row_fn(int number, enum action action, const char *name,
		    unsigned int count, const struct comparison *all);

static row_fn *use_row; /* what becomes of each */

static uint32_t reported(void)
{
#ifdef ENC_SECCOMP_REPORTED
	return ENC_SECCOMP_REPORTED;
#else
	return guest ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_NOTIFY;
#endif
}

/* asked() - the gate may let it through, and a guest pays for itself */
static uint32_t asked(void)
{
	return guest ? SCMP_ACT_ALLOW : SCMP_ACT_NOTIFY;
}

static void die(const char *what, int error)
{
	(void)fprintf(stderr, "mkseccomp: %s: %d\n", what, error);
	exit(1);
}

static void print_row(int number, enum action action, const char *name,
		      unsigned int count, const struct comparison *all)
{
	static const char *const actions[] = { "ALLOW",	 "ASK",	  "REFUSE",
					       "LACK",	 "NOOPT", "INVALID",
					       "IGNORE", "REPORT" };
	static const char *const relations[RELATIONS] = { "EQ", "LE", "GT",
							  "MASK" };

	printf("\t{ %d, \"%s\", ENC_SECCOMP_%s, %u, {", number, name,
	       actions[action], count);
	for (unsigned int i = 0; i < count; i++) {
		printf(" { %u, ENC_SECCOMP_%s, 0x%llxU, 0x%llxU },",
		       all[i].argument, relations[all[i].relation],
		       (unsigned long long)all[i].mask,
		       (unsigned long long)all[i].value);
	}
	printf(count == 0 ? " { 0 } } },\n" : " } },\n");
}

static void add_row(int number, enum action action, const char *name,
		    unsigned int count, const struct comparison *all)
{
	const uint32_t actions[] = {
		[ALLOW] = SCMP_ACT_ALLOW,
		[ASK] = asked(),
		[REFUSE] = SCMP_ACT_ERRNO(EPERM),
		[LACK] = SCMP_ACT_ERRNO(EOPNOTSUPP),
		[NOOPT] = SCMP_ACT_ERRNO(ENOPROTOOPT),
		[INVALID] = SCMP_ACT_ERRNO(EINVAL),
		[IGNORE] = SCMP_ACT_ERRNO(0),
		[REPORT] = reported(),
	};
	struct scmp_arg_cmp rule[COMPARISONS_MAX];
	int r;

	for (unsigned int i = 0; i < count; i++) {
		const struct comparison *one = &all[i];

		switch (one->relation) {
		case EQ:
			rule[i] = SCMP_CMP(one->argument, SCMP_CMP_EQ,
					   one->value);
			break;
		case LE:
			rule[i] = SCMP_CMP(one->argument, SCMP_CMP_LE,
					   one->value);
			break;
		case GT:
			rule[i] = SCMP_CMP(one->argument, SCMP_CMP_GT,
					   one->value);
			break;
		case MASK:
		case RELATIONS:
			rule[i] = SCMP_CMP(one->argument, SCMP_CMP_MASKED_EQ,
					   one->mask, one->value);
			break;
		}
	}
	r = seccomp_rule_add_array(filter, actions[action], number, count,
				   rule);
	if (r < 0) {
		die(name, r);
	}
}

/*
 * print_oci() - the name of an allowed row, once; others are refused
 *
 * Without conditions: runsc compiles each one for half a millisecond or more
 * whenever it starts. They are in the program that enclave-init puts on over
 * this one, before anything foreign, or ends.
 */
static void print_oci(int number, enum action action, const char *name,
		      unsigned int count, const struct comparison *all)
{
	static const char *printed[NAMES_MAX];
	static unsigned int names;

	(void)number;
	(void)count;
	(void)all;
	for (unsigned int i = 0; i < names; i++) {
		if (strcmp(printed[i], name) == 0) {
			return;
		}
	}
	/* The others have an error that this one doesn't know. */
	if (action == REFUSE || action == REPORT) {
		return;
	}
	if (names == NAMES_MAX) {
		die(name, -E2BIG);
	}
	printf("\n\t\"%s\\\"%s\\\"\",", names == 0 ? "" : ",", name);
	printed[names++] = name;
}

/* add() - one row; a call that this architecture doesn't have is skipped */
static void add(enum action action, const char *name, unsigned int count,
		const struct comparison *all)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number < 0) {
		return;
	}
	if (count == 0 && (action == ALLOW || action == ASK)) {
		allowed++;
	}
	use_row(number, action, name, count, all);
}

#define ADD_ALLOW(name) add(ALLOW, #name, 0, NULL);
#define ADD_ASK(name) add(ASK, #name, 0, NULL);
#define ADD_LACK(name) add(LACK, #name, 0, NULL);
#define ADD_REFUSE(name) add(REFUSE, #name, 0, NULL);
#define ADD_REPORT(name) add(REPORT, #name, 0, NULL);
#define ADD_ARGUMENTS(name, action, ...)                                \
	{                                                               \
		static const struct comparison all[] = { __VA_ARGS__ }; \
		add(action, #name, sizeof(all) / sizeof(*all), all);    \
	}

static void add_all(void)
{
	ENC_SECCOMP_ALLOW(ADD_ALLOW)
	ENC_SECCOMP_ASK(ADD_ASK)
	ENC_SECCOMP_LACK(ADD_LACK)
	ENC_SECCOMP_REFUSE(ADD_REFUSE)
	ENC_SECCOMP_REPORT(ADD_REPORT)
	ENC_SECCOMP_ARGUMENTS(ADD_ARGUMENTS)
}

static void print_program(void)
{
	FILE *file = tmpfile();
	struct sock_filter step;
	unsigned int count = 0;
	int r = file == NULL ? -errno
			     : seccomp_export_bpf(filter, fileno(file));

	if (r < 0) {
		die("export", r);
	}
	rewind(file);
	printf("/* Made by mkseccomp: don't edit. */\n"
	       "#ifndef ENC_GEN_SECCOMP_%s_H\n"
	       "#define ENC_GEN_SECCOMP_%s_H\n\n"
	       "#include <linux/filter.h>\n\n"
	       "static const struct sock_filter enc_seccomp_%s[] = {\n",
	       guest ? "GUEST" : "HOST", guest ? "GUEST" : "HOST",
	       guest ? "guest" : "program");
	while (fread(&step, sizeof(step), 1, file) == 1) {
		printf("\t{ 0x%04x, %u, %u, 0x%08x },\n", step.code, step.jt,
		       step.jf, step.k);
		count++;
	}
	printf("};\n\nenum { ENC_SECCOMP_%sSTEPS = %u, "
	       "ENC_SECCOMP_%sALLOWED = %u };\n\n#endif\n",
	       guest ? "GUEST_" : "", count, guest ? "GUEST_" : "", allowed);
	fclose(file);
}

static void make_program(void)
{
	int r;

	filter = seccomp_init(ENC_SECCOMP_OTHERWISE);
	if (filter == NULL) {
		die("init", -ENOMEM);
	}
	r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
			     ENC_SECCOMP_FOREIGN);
	if (r < 0) {
		die("badarch", r);
	}
	r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r < 0) {
		die("optimize", r);
	}
	use_row = add_row;
	add_all();
	print_program();
	seccomp_release(filter);
}

static void make_rows(void)
{
	printf("/* Made by mkseccomp from seccomp_policy.h: don't edit. */\n"
	       "#ifndef ENC_GEN_SECCOMP_ROWS_H\n"
	       "#define ENC_GEN_SECCOMP_ROWS_H\n\n"
	       "/* clang-format off */\n"
	       "static const struct enc_seccomp_row enc_seccomp_rows[] = {\n");
	use_row = print_row;
	add_all();
	printf("};\n\n#endif\n");
}

static void make_oci(void)
{
	printf("/* Made by mkseccomp from seccomp_policy.h: don't edit. */\n"
	       "#ifndef ENC_GEN_SECCOMP_OCI_H\n"
	       "#define ENC_GEN_SECCOMP_OCI_H\n\n"
	       "/* One text, in pieces that a compiler has to take. */\n"
	       "static const char *const enc_seccomp_oci[] = {\n"
	       "\t\"{\\\"defaultAction\\\":\\\"SCMP_ACT_ERRNO\\\","
	       "\\\"syscalls\\\":[{\\\"names\\\":[\",");
	use_row = print_oci;
	add_all();
	printf("\n\t\"],\\\"action\\\":\\\"SCMP_ACT_ALLOW\\\"}]}\",\n"
	       "};\n\n#endif\n");
}

int main(int argc, char **argv)
{
	static const struct way {
		const char *name;
		void (*make)(void);
	} ways[] = { { "host", make_program },
		     { "guest", make_program },
		     { "oci", make_oci },
		     { "rows", make_rows } };

	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(argv[1], ways[i].name) == 0) {
			guest = strcmp(argv[1], "guest") == 0;
			ways[i].make();
			return 0;
		}
	}
	(void)fprintf(stderr, "usage: mkseccomp host|guest|oci|rows\n");
	return 64;
}

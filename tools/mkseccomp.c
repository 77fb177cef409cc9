/*
 * mkseccomp: compile src/sandbox/seccomp_policy.h into a header for the
 * architecture that it is built on. Run by the build.
 *
 *	mkseccomp host    a BPF program; what is reported notifies a listener
 *	mkseccomp guest   the same where there is no listener: EPERM
 *	mkseccomp oci     the allow-list as runsc --oci-seccomp reads it; what
 *	                  isn't in it is EPERM, the only error that runsc knows
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

/* What is in no row, and calls of another architecture. */
#ifndef ENC_SECCOMP_OTHERWISE
#define ENC_SECCOMP_OTHERWISE SCMP_ACT_ERRNO(ENOSYS)
#define ENC_SECCOMP_FOREIGN ACTION_REPORT
#endif

enum { ALLOW, REFUSE, REPORT };

#define ACTION_ALLOW SCMP_ACT_ALLOW
#define ACTION_REFUSE SCMP_ACT_ERRNO(EPERM)
#define ACTION_REPORT (guest ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_NOTIFY)

#define EQ(argument, value) SCMP_CMP(argument, SCMP_CMP_EQ, value)
#define NE(argument, value) SCMP_CMP(argument, SCMP_CMP_NE, value)
#define LE(argument, value) SCMP_CMP(argument, SCMP_CMP_LE, value)
/* Arguments that are ints: what is above their 32 bits doesn't count. */
#define MASK(argument, mask, value)            \
	SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, \
		 (unsigned int)(mask)&0xffffffffU, value)

static unsigned int allowed;
static bool guest;

static void die(const char *what, int error)
{
	(void)fprintf(stderr, "mkseccomp: %s: %d\n", what, error);
	exit(1);
}

/* add() - one row; a call that this architecture doesn't have is skipped */
static void add(scmp_filter_ctx filter, uint32_t action, const char *name,
		unsigned int count, const struct scmp_arg_cmp *comparisons)
{
	int number = seccomp_syscall_resolve_name(name);
	int r;

	if (number < 0) {
		return;
	}
	if (count == 0 && action == SCMP_ACT_ALLOW) {
		allowed++;
	}
	r = seccomp_rule_add_array(filter, action, number, count, comparisons);
	if (r < 0) {
		die(name, r);
	}
}

#define ADD_ALLOW(name) add(filter, ACTION_ALLOW, #name, 0, NULL);
#define ADD_REFUSE(name) add(filter, ACTION_REFUSE, #name, 0, NULL);
#define ADD_REPORT(name) add(filter, ACTION_REPORT, #name, 0, NULL);
#define ADD_ARGUMENTS(name, action, ...)                            \
	{                                                           \
		const struct scmp_arg_cmp rule[] = { __VA_ARGS__ }; \
		add(filter, ACTION_##action, #name,                 \
		    sizeof(rule) / sizeof(*rule), rule);            \
	}

/* ---- as an OCI runtime reads it ---- */

static const char *const operators[] = {
	[SCMP_CMP_EQ] = "SCMP_CMP_EQ",
	[SCMP_CMP_NE] = "SCMP_CMP_NE",
	[SCMP_CMP_LE] = "SCMP_CMP_LE",
	[SCMP_CMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
};

/* print_oci() - one allowed row; quotes are for a C string */
static void print_oci(const char *name, uint32_t action, unsigned int count,
		      const struct scmp_arg_cmp *comparisons)
{
	if (action != SCMP_ACT_ALLOW) {
		return; /* refused by default */
	}
	printf("\n\t\"%s{\\\"names\\\":[\\\"%s\\\"],"
	       "\\\"action\\\":\\\"SCMP_ACT_ALLOW\\\",\\\"args\\\":[",
	       allowed++ == 0 ? "" : ",", name);
	for (unsigned int i = 0; i < count; i++) {
		printf("%s{\\\"index\\\":%u,\\\"value\\\":%llu,"
		       "\\\"valueTwo\\\":%llu,\\\"op\\\":\\\"%s\\\"}",
		       i == 0 ? "" : ",", comparisons[i].arg,
		       (unsigned long long)comparisons[i].datum_a,
		       (unsigned long long)comparisons[i].datum_b,
		       operators[comparisons[i].op]);
	}
	printf("]}\",");
}

#define OCI_ALLOW(name) print_oci(#name, SCMP_ACT_ALLOW, 0, NULL);
#define OCI_ARGUMENTS(name, action, ...)                            \
	{                                                           \
		const struct scmp_arg_cmp rule[] = { __VA_ARGS__ }; \
		print_oci(#name, ACTION_##action,                   \
			  sizeof(rule) / sizeof(*rule), rule);      \
	}

static void print_oci_header(void)
{
	printf("/* Made by mkseccomp from seccomp_policy.h: don't edit. */\n"
	       "#ifndef ENC_GEN_SECCOMP_OCI_H\n"
	       "#define ENC_GEN_SECCOMP_OCI_H\n\n"
	       "/* One text, in pieces that a compiler has to take. */\n"
	       "static const char *const enc_seccomp_oci[] = {\n"
	       "\t\"{\\\"defaultAction\\\":\\\"SCMP_ACT_ERRNO\\\","
	       "\\\"syscalls\\\":[\",");
	ENC_SECCOMP_ALLOW(OCI_ALLOW)
	ENC_SECCOMP_ARGUMENTS(OCI_ARGUMENTS)
	printf("\n\t\"]}\",\n};\n\n#endif\n");
}

/* ---- as a BPF program ---- */

static void print_program(scmp_filter_ctx filter)
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
	printf("/* Made by mkseccomp from seccomp_policy.h: don't edit. */\n"
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

/* print_bpf() - what is in no row doesn't exist */
static void print_bpf(void)
{
	scmp_filter_ctx filter = seccomp_init(ENC_SECCOMP_OTHERWISE);
	int r;

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
	ENC_SECCOMP_ALLOW(ADD_ALLOW)
	ENC_SECCOMP_REFUSE(ADD_REFUSE)
	ENC_SECCOMP_REPORT(ADD_REPORT)
	ENC_SECCOMP_ARGUMENTS(ADD_ARGUMENTS)
	print_program(filter);
	seccomp_release(filter);
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	guest = strcmp(what, "guest") == 0;
	if (strcmp(what, "oci") == 0) {
		print_oci_header();
	} else if (guest || strcmp(what, "host") == 0) {
		print_bpf();
	} else {
		(void)fprintf(stderr, "usage: mkseccomp host|guest|oci\n");
		return 64;
	}
	return 0;
}

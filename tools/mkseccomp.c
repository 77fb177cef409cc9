/*
 * mkseccomp: compile src/sandbox/seccomp_policy.h into a header with a BPF
 * program for the architecture that it is built on. Run by the build.
 *
 *	mkseccomp >gen_seccomp.h
 */

#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Which table: the sandbox's, unless the build says otherwise. */
#ifndef ENC_SECCOMP_POLICY
#define ENC_SECCOMP_POLICY "seccomp_policy.h"
#endif
#include ENC_SECCOMP_POLICY

/* What is in no row, and calls of another architecture. */
#ifndef ENC_SECCOMP_OTHERWISE
#define ENC_SECCOMP_OTHERWISE SCMP_ACT_ERRNO(ENOSYS)
#define ENC_SECCOMP_FOREIGN SCMP_ACT_NOTIFY
#endif

enum { ALLOW, REFUSE, REPORT };

#define ACTION_ALLOW SCMP_ACT_ALLOW
#define ACTION_REFUSE SCMP_ACT_ERRNO(EPERM)
#define ACTION_REPORT SCMP_ACT_NOTIFY

#define EQ(argument, value) SCMP_CMP(argument, SCMP_CMP_EQ, value)
#define NE(argument, value) SCMP_CMP(argument, SCMP_CMP_NE, value)
#define LE(argument, value) SCMP_CMP(argument, SCMP_CMP_LE, value)
/* Arguments that are ints: what is above their 32 bits doesn't count. */
#define MASK(argument, mask, value)            \
	SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, \
		 (unsigned int)(mask)&0xffffffffU, value)

static unsigned int allowed;

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
	       "#ifndef ENC_GEN_SECCOMP_H\n#define ENC_GEN_SECCOMP_H\n\n"
	       "#include <linux/filter.h>\n\n"
	       "static const struct sock_filter enc_seccomp_program[] = {\n");
	while (fread(&step, sizeof(step), 1, file) == 1) {
		printf("\t{ 0x%04x, %u, %u, 0x%08x },\n", step.code, step.jt,
		       step.jf, step.k);
		count++;
	}
	printf("};\n\nenum { ENC_SECCOMP_STEPS = %u, ENC_SECCOMP_ALLOWED = %u "
	       "};\n\n#endif\n",
	       count, allowed);
	fclose(file);
}

int main(void)
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
	return 0;
}

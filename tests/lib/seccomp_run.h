#ifndef ENC_TESTS_SECCOMP_RUN_H
#define ENC_TESTS_SECCOMP_RUN_H

/*
 * A compiled filter run in user space, as the kernel runs it: classic BPF over
 * seccomp_data, with the instructions that libseccomp writes.
 */

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t enc_seccomp_jump(const struct sock_filter *step,
					uint32_t value)
{
	bool holds = false;

	switch (BPF_OP(step->code)) {
	case BPF_JA:
		return step->k;
	case BPF_JEQ:
		holds = value == step->k;
		break;
	case BPF_JGT:
		holds = value > step->k;
		break;
	case BPF_JGE:
		holds = value >= step->k;
		break;
	case BPF_JSET:
		holds = (value & step->k) != 0;
		break;
	default:
		fail_msg("jump %#x", step->code);
	}
	return holds ? step->jt : step->jf;
}

/* enc_seccomp_run() - the action for one call; @ran: steps taken, or NULL */
static inline uint32_t enc_seccomp_run(const struct sock_filter *program,
				       uint32_t steps,
				       const struct seccomp_data *data,
				       bool *ran)
{
	uint32_t value = 0;

	for (uint32_t at = 0; at < steps; at++) {
		const struct sock_filter *step = &program[at];

		if (ran != NULL) {
			ran[at] = true;
		}
		switch (BPF_CLASS(step->code)) {
		case BPF_LD:
			assert_true(step->k + 4 <= sizeof(*data));
			memcpy(&value, (const char *)data + step->k, 4);
			break;
		case BPF_ALU:
			assert_int_equal(BPF_OP(step->code), BPF_AND);
			value &= step->k;
			break;
		case BPF_JMP:
			at += enc_seccomp_jump(step, value);
			break;
		case BPF_RET:
			return step->k;
		default:
			fail_msg("step %u: %#x", at, step->code);
		}
	}
	fail_msg("it runs past its end");
	return 0;
}

#endif

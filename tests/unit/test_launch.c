#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "fd.h"
#include "ipc.h"
#include "launch.h"

/* check() - the verdict about a message from one side */
static enum enc_code check(enum enc_launch_side from, const void *bytes,
			   size_t length)
{
	union enc_launch_message out;

	return enc_launch_check(from, bytes, length, &out, NULL);
}

/* Each opcode is heard from one side only, and of its exact size only. */
static void test_side_and_size(void **state)
{
	(void)state;
	for (uint32_t opcode = 0; opcode < ENC_LAUNCH_OPCODE_MAX + 2;
	     opcode++) {
		size_t size = enc_launch_size(opcode);
		union enc_launch_message message;
		bool request = opcode <= ENC_LAUNCH_DESTROY;

		memset(&message, 0, sizeof(message));
		message.opcode = opcode;
		message.tagged.tag = 1;
		if (opcode == ENC_LAUNCH_CREATE) {
			message.create.tag = 1;
			message.create.language = ENC_LANGUAGE_NODE;
			message.create.limits = enc_limits_usual();
		} else if (opcode == ENC_LAUNCH_CLAIM) {
			message.claim.limits = enc_limits_usual();
		} else if (opcode == ENC_LAUNCH_FAILED) {
			message.failed.code = ENC_BACKEND;
		} else if (opcode == ENC_LAUNCH_ENDED) {
			message.ended.cause = ENC_CAUSE_EXITED;
		} else if (opcode == ENC_LAUNCH_VAULT) {
			message.tagged.tag = 0;
		}
		for (size_t length = 0; length <= sizeof(message); length++) {
			bool right = size > 0 && length == size;

			assert_int_equal(check(ENC_LAUNCH_FROM_API, &message,
					       length) == ENC_OK,
					 right && request);
			assert_int_equal(check(ENC_LAUNCH_FROM_LAUNCHER,
					       &message, length) == ENC_OK,
					 right && !request);
		}
	}
}

/* Texts without end, tags of 0 and reserved fields are no honest message. */
static void test_refusals(void **state)
{
	struct enc_launch_tagged kill = { .opcode = ENC_LAUNCH_KILL, .tag = 1 };
	struct enc_launch_create create = { .opcode = ENC_LAUNCH_CREATE,
					    .tag = 1 };
	struct enc_launch_claim claim = { .opcode = ENC_LAUNCH_CLAIM,
					  .tag = 1,
					  .limits = enc_limits_usual() };
	struct enc_launch_environment environment = {
		.opcode = ENC_LAUNCH_ENVIRONMENT,
	};

	(void)state;
	kill.reserved = 1;
	assert_int_equal(check(ENC_LAUNCH_FROM_API, &kill, sizeof(kill)),
			 ENC_FORBIDDEN);
	kill = (struct enc_launch_tagged){ .opcode = ENC_LAUNCH_KILL };
	assert_int_equal(check(ENC_LAUNCH_FROM_API, &kill, sizeof(kill)),
			 ENC_FORBIDDEN);
	create.language = ENC_LANGUAGE_MAX;
	assert_int_equal(check(ENC_LAUNCH_FROM_API, &create, sizeof(create)),
			 ENC_BAD_REQUEST);
	create.language = ENC_LANGUAGE_INVALID;
	assert_int_equal(check(ENC_LAUNCH_FROM_API, &create, sizeof(create)),
			 ENC_BAD_REQUEST);
	claim.outside = ENC_OUTSIDE_ALL + 1;
	assert_int_equal(check(ENC_LAUNCH_FROM_API, &claim, sizeof(claim)),
			 ENC_FORBIDDEN);
	claim.outside = ENC_OUTSIDE_ALL;
	assert_int_equal(check(ENC_LAUNCH_FROM_API, &claim, sizeof(claim)),
			 ENC_OK);
	claim.limits.value[ENC_LIMIT_MEMORY] = 0;
	assert_int_equal(check(ENC_LAUNCH_FROM_API, &claim, sizeof(claim)),
			 ENC_FORBIDDEN);
	memset(environment.name, 'x', sizeof(environment.name));
	assert_int_equal(check(ENC_LAUNCH_FROM_LAUNCHER, &environment,
			       sizeof(environment)),
			 ENC_FORBIDDEN);
	environment.name[5] = '\0'; /* bytes behind the end */
	assert_int_equal(check(ENC_LAUNCH_FROM_LAUNCHER, &environment,
			       sizeof(environment)),
			 ENC_FORBIDDEN);
}

/* A CREATE names a place and limits that there can be. */
static void test_create(void **state)
{
	struct enc_launch_create create = {
		.opcode = ENC_LAUNCH_CREATE,
		.tag = 1,
		.language = ENC_LANGUAGE_PYTHON,
		.place = ENC_LAUNCH_PLACES_MAX - 1,
		.limits = enc_limits_usual(),
	};

	(void)state;
	assert_int_equal(check(ENC_LAUNCH_FROM_API, &create, sizeof(create)),
			 ENC_OK);
	create.place++;
	assert_int_equal(check(ENC_LAUNCH_FROM_API, &create, sizeof(create)),
			 ENC_BAD_REQUEST);
	create.place = 0;
	create.limits.value[ENC_LIMIT_PIDS] = 0;
	assert_int_equal(check(ENC_LAUNCH_FROM_API, &create, sizeof(create)),
			 ENC_BAD_REQUEST);
}

/* A PLACE has an isolation and limits that there are. */
static void test_place(void **state)
{
	struct enc_launch_place place = {
		.opcode = ENC_LAUNCH_PLACE,
		.isolation = ENC_ISOLATION_MAX - 1,
		.fixed = ENC_LIMIT_BIT(ENC_LIMIT_MAX) - 1,
		.name = "there",
	};
	struct enc_launch_place bad = place;

	(void)state;
	assert_int_equal(check(ENC_LAUNCH_FROM_LAUNCHER, &place, sizeof(place)),
			 ENC_OK);
	bad.isolation = ENC_ISOLATION_MAX;
	assert_int_equal(check(ENC_LAUNCH_FROM_LAUNCHER, &bad, sizeof(bad)),
			 ENC_FORBIDDEN);
	bad = place;
	bad.fixed++;
	assert_int_equal(check(ENC_LAUNCH_FROM_LAUNCHER, &bad, sizeof(bad)),
			 ENC_FORBIDDEN);
	bad = place;
	bad.index = ENC_LAUNCH_PLACES_MAX;
	assert_int_equal(check(ENC_LAUNCH_FROM_LAUNCHER, &bad, sizeof(bad)),
			 ENC_FORBIDDEN);
	bad = place;
	memset(bad.name, 'x', sizeof(bad.name));
	assert_int_equal(check(ENC_LAUNCH_FROM_LAUNCHER, &bad, sizeof(bad)),
			 ENC_FORBIDDEN);
}

/* A message and its descriptor arrive; two descriptors are closed. */
static void test_channel(void **state)
{
	union enc_launch_message message = {
		.tagged = { .opcode = ENC_LAUNCH_GONE, .tag = 7 },
	};
	union enc_launch_message got;
	int ends[2];
	int fd = -1;

	(void)state;
	assert_int_equal(enc_ipc_pair(SOCK_SEQPACKET, ends), 0);
	assert_int_equal(enc_launch_receive(ends[1], &got, sizeof(got), &fd),
			 -EAGAIN);
	assert_int_equal(enc_launch_send(ends[0], &message, ends[0]), 0);
	assert_int_equal(enc_launch_receive(ends[1], &got, sizeof(got), &fd),
			 sizeof(struct enc_launch_tagged));
	assert_true(fd > ends[1]);
	assert_int_equal(got.tagged.tag, 7);
	enc_fd_close(&fd);
	enc_fd_close(&ends[0]);
	assert_int_equal(enc_launch_receive(ends[1], &got, sizeof(got), &fd),
			 0);
	enc_fd_close(&ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_side_and_size),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

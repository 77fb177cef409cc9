/*
 * The count of a session's sockets, with a file of the test's for the kernel's
 * count and processes of the test's for threads.
 */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "fd.h"
#include "sockets.h"

enum { LIVING = 3 };

struct bench {
	int count_fd;
	struct enc_sockets *sockets;
	uint32_t living[LIVING];
	uint32_t gone; /* the id of one that isn't there any more */
	uint64_t last_id;
	int last_error;
	unsigned int answers;
};

static void set_count(const struct bench *bench, unsigned int used)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "sockets: used %u\nTCP: x\n",
			      used);

	assert_int_equal(pwrite(bench->count_fd, text, (size_t)length, 0),
			 length);
	assert_int_equal(ftruncate(bench->count_fd, length), 0);
}

static pid_t start_process(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		(void)pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void end_process(uint32_t pid)
{
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
	assert_int_equal(waitpid((pid_t)pid, NULL, 0), (pid_t)pid);
}

static void bench_open(struct bench *bench, unsigned int used)
{
	*bench = (struct bench){ .count_fd = memfd_create("count", 0) };
	assert_true(bench->count_fd >= 0);
	set_count(bench, used);
	bench->sockets = enc_sockets_new(bench->count_fd);
	for (int i = 0; i < LIVING; i++) {
		bench->living[i] = (uint32_t)start_process();
	}
	bench->gone = (uint32_t)start_process();
	end_process(bench->gone);
}

static void bench_close(struct bench *bench)
{
	for (int i = 0; i < LIVING; i++) {
		end_process(bench->living[i]);
	}
	enc_fd_close(&bench->count_fd);
	free(bench->sockets);
}

static enum enc_sockets_word ask(struct bench *bench, uint32_t thread,
				 uint64_t family)
{
	const struct enc_sockets_call call = { .id = thread,
					       .thread = thread,
					       .family = family };

	return enc_sockets_ask(bench->sockets, &call);
}

static enum enc_sockets_word ask_stream(struct bench *bench, uint32_t thread)
{
	return ask(bench, thread, AF_INET);
}

static void on_answer(void *context, uint64_t id, int error)
{
	struct bench *bench = context;

	bench->last_id = id;
	bench->last_error = error;
	bench->answers++;
}

static void wait_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0) {
	}
}

/* Two that are under way count, whatever the kernel has counted yet. */
static void test_grants_count(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, ENC_SOCKETS_MAX - 2);
	assert_int_equal(ask_stream(&bench, bench.living[0]), ENC_SOCKETS_YES);
	assert_int_equal(ask_stream(&bench, bench.living[1]), ENC_SOCKETS_YES);
	assert_int_equal(ask_stream(&bench, bench.living[2]),
			 ENC_SOCKETS_LATER);
	bench_close(&bench);
}

/* A thread that asks again has made its socket, or never will. */
static void test_asking_again_ends_a_grant(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, ENC_SOCKETS_MAX - 1);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(ask_stream(&bench, bench.living[0]),
				 ENC_SOCKETS_YES);
	}
	set_count(&bench, ENC_SOCKETS_MAX);
	assert_int_equal(ask_stream(&bench, bench.living[0]),
			 ENC_SOCKETS_LATER);
	bench_close(&bench);
}

/* So has one that is gone; a socket that it left is in the kernel's count. */
static void test_the_gone_hold_nothing(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, ENC_SOCKETS_MAX - 1);
	assert_int_equal(ask_stream(&bench, bench.gone), ENC_SOCKETS_YES);
	wait_ms(20); /* it doesn't look for those all the time */
	assert_int_equal(ask_stream(&bench, bench.living[0]), ENC_SOCKETS_YES);
	set_count(&bench, ENC_SOCKETS_MAX);
	assert_int_equal(ask_stream(&bench, bench.living[1]),
			 ENC_SOCKETS_LATER);
	bench_close(&bench);
}

/* The count is read now and then; each grant that is over is added to it. */
static void test_what_was_counted_is_never_too_little(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, 0);
	for (unsigned int i = 0; i < ENC_SOCKETS_MAX; i++) {
		assert_int_equal(ask_stream(&bench, bench.living[0]),
				 ENC_SOCKETS_YES);
		set_count(&bench, i + 1);
	}
	assert_int_equal(ask_stream(&bench, bench.living[0]),
			 ENC_SOCKETS_LATER);
	bench_close(&bench);
}

static void test_who_waits_is_let_in_when_there_is_room(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, ENC_SOCKETS_MAX);
	assert_int_equal(ask_stream(&bench, bench.living[0]),
			 ENC_SOCKETS_LATER);
	assert_true(enc_sockets_waiting(bench.sockets));
	enc_sockets_turn(bench.sockets, on_answer, &bench);
	assert_int_equal(bench.answers, 0);
	set_count(&bench, ENC_SOCKETS_MAX - 1);
	enc_sockets_turn(bench.sockets, on_answer, &bench);
	assert_int_equal(bench.answers, 1);
	assert_int_equal(bench.last_id, bench.living[0]);
	assert_int_equal(bench.last_error, 0);
	assert_false(enc_sockets_waiting(bench.sockets));
	bench_close(&bench);
}

/* Not for long: two hundred milliseconds, then its caller hears why. */
static void test_who_waits_too_long_is_refused(void **state)
{
	const struct enc_sockets_call call = { .id = 7, .connects = true };
	struct bench bench;

	(void)state;
	bench_open(&bench, ENC_SOCKETS_MAX);
	assert_int_equal(ask_stream(&bench, bench.living[0]),
			 ENC_SOCKETS_LATER);
	wait_ms(250);
	enc_sockets_turn(bench.sockets, on_answer, &bench);
	assert_int_equal(bench.last_error, -ENFILE);
	assert_int_equal(enc_sockets_ask(bench.sockets, &call),
			 ENC_SOCKETS_LATER);
	wait_ms(250);
	enc_sockets_turn(bench.sockets, on_answer, &bench);
	assert_int_equal(bench.answers, 2);
	assert_int_equal(bench.last_id, 7);
	assert_int_equal(bench.last_error, -ENOBUFS);
	bench_close(&bench);
}

static void test_netlink_has_a_lower_limit(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, ENC_SOCKETS_LARGE_MAX);
	assert_int_equal(ask(&bench, bench.living[0], AF_NETLINK),
			 ENC_SOCKETS_LATER);
	assert_int_equal(ask(&bench, bench.living[1], AF_INET6),
			 ENC_SOCKETS_YES);
	bench_close(&bench);
	bench_open(&bench, 10);
	enc_sockets_limit(bench.sockets, 10);
	assert_int_equal(ask(&bench, bench.living[0], AF_NETLINK),
			 ENC_SOCKETS_LATER);
	bench_close(&bench);
}

/* A count that can't be read is a full one. */
static void test_without_a_count_there_is_none(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, 0);
	assert_int_equal(ftruncate(bench.count_fd, 0), 0);
	assert_int_equal(ask_stream(&bench, bench.living[0]),
			 ENC_SOCKETS_LATER);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grants_count),
		cmocka_unit_test(test_asking_again_ends_a_grant),
		cmocka_unit_test(test_the_gone_hold_nothing),
		cmocka_unit_test(test_what_was_counted_is_never_too_little),
		cmocka_unit_test(test_who_waits_is_let_in_when_there_is_room),
		cmocka_unit_test(test_who_waits_too_long_is_refused),
		cmocka_unit_test(test_netlink_has_a_lower_limit),
		cmocka_unit_test(test_without_a_count_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "attempts.h"

struct told {
	size_t frames;
	uint64_t sum;
	enum enc_via last_via;
	char last_host[ENC_MESSAGE_HOST_MAX_BYTES + 1];
	char last_rule[ENC_MESSAGE_HOST_MAX_BYTES + 1];
};

static void hear(void *context, const struct enc_message_egress *message)
{
	struct told *told = context;

	assert_int_equal(message->verdict, ENC_VERDICT_DENY);
	assert_true(message->count > 0);
	told->frames++;
	told->sum += message->count;
	told->last_via = message->via;
	(void)snprintf(told->last_host, sizeof(told->last_host), "%.*s",
		       (int)message->host.length, message->host.bytes);
	(void)snprintf(told->last_rule, sizeof(told->last_rule), "%.*s",
		       (int)message->rule.length, message->rule.bytes);
}

static struct enc_attempt to(uint8_t last, uint16_t port)
{
	return (struct enc_attempt){
		.via = ENC_VIA_CONNECT,
		.protocol = IPPROTO_TCP,
		.addr = { [10] = 0xff, 0xff, 169, 254, 169, last },
		.port = port
	};
}

/* The first is told at once, the others as one sum a second; none is lost. */
static void test_first_at_once_then_summed(void **state)
{
	struct told told = { 0 };
	struct enc_attempts *attempts = enc_attempts_new(hear, &told);
	struct enc_attempt metadata = to(254, 80);
	const char *rule = NULL;

	(void)state;
	enc_attempts_launched(attempts);
	for (int i = 0; i < 1000; i++) {
		enc_attempts_note(attempts, &metadata, 5000, &rule);
	}
	assert_string_equal(rule, "deny-table: link-local");
	assert_int_equal(told.frames, 1);
	assert_string_equal(told.last_host, "169.254.169.254");
	assert_int_equal(enc_attempts_flush(attempts, 5500), 6000);
	assert_int_equal(told.frames, 1);
	assert_int_equal(enc_attempts_flush(attempts, 6000), -1);
	assert_int_equal(told.frames, 2);
	assert_int_equal(told.sum, 1000);
	assert_int_equal(enc_attempts_finish(attempts), 1000);
	assert_int_equal(told.frames, 2);
	enc_attempts_free(attempts);
}

/* What the kernel counted and nobody saw is told at the end. */
static void test_the_kernels_count_is_the_truth(void **state)
{
	struct told told = { 0 };
	struct enc_attempts *attempts = enc_attempts_new(hear, &told);
	struct enc_attempt seen = to(254, 80);
	struct enc_attempt unseen = to(1, 81);
	const char *rule;

	(void)state;
	enc_attempts_note(attempts, &seen, 0, &rule); /* the self-check */
	assert_int_equal(told.frames, 0);
	enc_attempts_launched(attempts);
	enc_attempts_note(attempts, &seen, 10, &rule);
	enc_attempts_counted(attempts, &seen, 5); /* 1 before, 4 after */
	enc_attempts_counted(attempts, &unseen, 7);
	assert_int_equal(enc_attempts_finish(attempts), 11);
	assert_int_equal(told.sum, 11);
	enc_attempts_free(attempts);
}

/* Kinds are bounded, sums are not. */
static void test_more_kinds_than_room(void **state)
{
	struct told told = { 0 };
	struct enc_attempts *attempts = enc_attempts_new(hear, &told);
	const char *rule;

	(void)state;
	enc_attempts_launched(attempts);
	for (uint16_t port = 1; port <= 2000; port++) {
		struct enc_attempt one = to(7, port);

		enc_attempts_note(attempts, &one, 0, &rule);
	}
	assert_int_equal(told.frames, ENC_ATTEMPTS_KINDS_MAX + 1);
	assert_int_equal(enc_attempts_finish(attempts), 2000);
	assert_int_equal(told.sum, 2000);
	assert_string_equal(told.last_host, "(more)");
	enc_attempts_free(attempts);
}

static struct enc_attempt question(const char *name)
{
	return (struct enc_attempt){ .via = ENC_VIA_DNS,
				     .protocol = IPPROTO_UDP,
				     .port = 53,
				     .host = name };
}

/* What the gate saw and has no place for isn't counted twice at the end. */
static void test_totals_are_exact(void **state)
{
	struct told told = { 0 };
	struct enc_attempts *attempts = enc_attempts_new(hear, &told);
	struct enc_attempt like = { .via = ENC_VIA_PACKET,
				    .protocol = IPPROTO_TCP };
	struct enc_attempt check = to(1, 9);
	const char *rule;

	(void)state;
	enc_attempts_note(attempts, &check, 0, &rule); /* the self-check */
	enc_attempts_launched(attempts);
	for (uint16_t port = 1; port <= 1000; port++) {
		struct enc_attempt one = to(7, port);

		enc_attempts_note(attempts, &one, 0, &rule);
	}
	for (uint16_t port = 1; port <= 4096; port++) {
		struct enc_attempt one = to(7, port);

		enc_attempts_counted(attempts, &one, 2);
	}
	enc_attempts_total(attempts, &like, 10001);
	assert_int_equal(enc_attempts_finish(attempts), 10000);
	assert_int_equal(told.sum, 10000);
	assert_string_equal(told.last_host, "(more)");
	enc_attempts_free(attempts);
}

/* Questions that nobody could read are counted, and told as questions. */
static void test_unread_questions(void **state)
{
	struct told told = { 0 };
	struct enc_attempts *attempts = enc_attempts_new(hear, &told);
	struct enc_attempt before = question("self.check");
	struct enc_attempt read = question("read.example");
	struct enc_attempt like = question(NULL);
	const char *rule;

	(void)state;
	enc_attempts_note(attempts, &before, 0, &rule);
	enc_attempts_launched(attempts);
	enc_attempts_note(attempts, &read, 0, &rule);
	enc_attempts_note(attempts, &read, 0, &rule);
	enc_attempts_total(attempts, &like, 50);
	assert_int_equal(enc_attempts_finish(attempts), 49);
	assert_int_equal(told.sum, 49);
	assert_int_equal(told.last_via, ENC_VIA_DNS);
	assert_string_equal(told.last_host, "(more)");
	enc_attempts_free(attempts);
}

/* What is no question is told by its address; each address is a kind. */
static void test_datagrams_that_ask_nothing(void **state)
{
	struct told told = { 0 };
	struct enc_attempts *attempts = enc_attempts_new(hear, &told);
	struct enc_attempt named = question("read.example");
	struct enc_attempt other = to(1, 53);
	const char *rule;

	(void)state;
	other.via = ENC_VIA_DNS;
	other.protocol = IPPROTO_UDP;
	enc_attempts_launched(attempts);
	enc_attempts_note(attempts, &named, 0, &rule);
	for (uint8_t last = 1; last <= 3; last++) {
		other.addr[15] = last;
		enc_attempts_note(attempts, &other, 0, &rule);
		enc_attempts_note(attempts, &other, 0, &rule);
	}
	assert_int_equal(told.frames, 4);
	assert_int_equal(told.last_via, ENC_VIA_DNS);
	assert_non_null(strchr(told.last_host, '3'));
	assert_null(strchr(told.last_host, '('));
	enc_attempts_total(attempts, &named, 7);
	assert_int_equal(enc_attempts_finish(attempts), 7);
	assert_int_equal(told.sum, 7);
	enc_attempts_free(attempts);
}

/* One class says nothing about another. */
static void test_classes_are_apart(void **state)
{
	struct told told = { 0 };
	struct enc_attempts *attempts = enc_attempts_new(hear, &told);
	struct enc_attempt seen = to(1, 80);
	struct enc_attempt like = { .via = ENC_VIA_PACKET };
	const char *rule;

	(void)state;
	enc_attempts_launched(attempts);
	enc_attempts_note(attempts, &seen, 0, &rule);
	enc_attempts_total(attempts, &like, 3);
	like.protocol = IPPROTO_UDP;
	enc_attempts_total(attempts, &like, 5);
	like.protocol = IPPROTO_TCP;
	enc_attempts_total(attempts, &like, 1);
	assert_int_equal(enc_attempts_finish(attempts), 9);
	enc_attempts_free(attempts);
}

/* A name stays a name, also when the kernel only knows the address. */
static void test_names(void **state)
{
	struct told told = { 0 };
	struct enc_attempts *attempts = enc_attempts_new(hear, &told);
	struct enc_attempt by_name = {
		.via = ENC_VIA_CONNECT,
		.protocol = IPPROTO_TCP,
		.addr = { [10] = 0xff, 0xff, 198, 18, 16, 0 },
		.port = 443,
		.host = "evil.example.com"
	};
	struct enc_attempt asked = question("evil.example.com");
	const char *rule;

	(void)state;
	enc_attempts_launched(attempts);
	enc_attempts_note(attempts, &asked, 0, &rule);
	enc_attempts_note(attempts, &by_name, 0, &rule);
	assert_string_equal(told.last_host, "evil.example.com");
	assert_string_equal(told.last_rule, "deny_all");
	assert_int_equal(told.frames, 2);
	by_name.host = NULL;
	enc_attempts_counted(attempts, &by_name, 3);
	assert_int_equal(enc_attempts_finish(attempts), 4);
	assert_string_equal(told.last_host, "evil.example.com");
	enc_attempts_free(attempts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_at_once_then_summed),
		cmocka_unit_test(test_the_kernels_count_is_the_truth),
		cmocka_unit_test(test_more_kinds_than_room),
		cmocka_unit_test(test_totals_are_exact),
		cmocka_unit_test(test_unread_questions),
		cmocka_unit_test(test_datagrams_that_ask_nothing),
		cmocka_unit_test(test_classes_are_apart),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ledger.h"

struct told {
	size_t frames;
	uint64_t sum;
	enum enc_verdict last_verdict;
	enum enc_via last_via;
	uint8_t last_addr[16];
	char last_host[ENC_MESSAGE_HOST_MAX_BYTES + 1];
	char last_rule[ENC_MESSAGE_HOST_MAX_BYTES + 1];
};

static uint64_t hear(void *context, const struct enc_message_egress *message)
{
	struct told *told = context;

	told->last_verdict = message->verdict;
	memcpy(told->last_addr, message->addr, sizeof(told->last_addr));
	assert_true(message->count > 0);
	told->frames++;
	told->sum += message->count;
	told->last_via = message->via;
	(void)snprintf(told->last_host, sizeof(told->last_host), "%.*s",
		       (int)message->host.length, message->host.bytes);
	(void)snprintf(told->last_rule, sizeof(told->last_rule), "%.*s",
		       (int)message->rule.length, message->rule.bytes);
	return told->frames;
}

static const struct enc_decision denied = { ENC_VERDICT_DENY, "deny_all" };
static const struct enc_decision allowed = { ENC_VERDICT_ALLOW, "example.com" };

static uint64_t note_as(struct enc_ledger *ledger,
			const struct enc_attempt *attempt,
			const struct enc_decision *decision)
{
	uint64_t report = 0;

	assert_int_equal(enc_ledger_note(ledger, attempt, decision, 0, &report),
			 0);
	return report;
}

static void note(struct enc_ledger *ledger, const struct enc_attempt *attempt,
		 int64_t now_ms)
{
	uint64_t report;

	assert_int_equal(enc_ledger_note(ledger, attempt, &denied, now_ms,
					 &report),
			 0);
}

static uint64_t finish(struct enc_ledger *ledger)
{
	uint64_t denied_sum;
	uint64_t allowed_sum;

	enc_ledger_finish(ledger, &denied_sum, &allowed_sum);
	assert_int_equal(allowed_sum, 0);
	return denied_sum;
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
	struct enc_ledger *ledger = enc_ledger_new(hear, &told);
	struct enc_attempt metadata = to(254, 80);

	(void)state;
	enc_ledger_launched(ledger);
	for (int i = 0; i < 1000; i++) {
		note(ledger, &metadata, 5000);
	}
	assert_int_equal(told.frames, 1);
	assert_string_equal(told.last_host, "169.254.169.254");
	assert_int_equal(enc_ledger_flush(ledger, 5500), 6000);
	assert_int_equal(told.frames, 1);
	assert_int_equal(enc_ledger_flush(ledger, 6000), -1);
	assert_int_equal(told.frames, 2);
	assert_int_equal(told.sum, 1000);
	assert_int_equal(finish(ledger), 1000);
	assert_int_equal(told.frames, 2);
	enc_ledger_free(ledger);
}

/* What the kernel counted and nobody saw is told at the end. */
static void test_the_kernels_count_is_the_truth(void **state)
{
	struct told told = { 0 };
	struct enc_ledger *ledger = enc_ledger_new(hear, &told);
	struct enc_attempt seen = to(254, 80);
	struct enc_attempt unseen = to(1, 81);

	(void)state;
	note(ledger, &seen, 0); /* the self-check */
	assert_int_equal(told.frames, 0);
	enc_ledger_launched(ledger);
	note(ledger, &seen, 10);
	enc_ledger_counted(ledger, &seen, &denied, 5); /* 1 before, 4 after */
	enc_ledger_counted(ledger, &unseen, &denied, 7);
	assert_int_equal(finish(ledger), 11);
	assert_int_equal(told.sum, 11);
	enc_ledger_free(ledger);
}

/* Kinds are bounded, sums are not. */
static void test_more_kinds_than_room(void **state)
{
	struct told told = { 0 };
	struct enc_ledger *ledger = enc_ledger_new(hear, &told);

	(void)state;
	enc_ledger_launched(ledger);
	for (uint16_t port = 1; port <= 2000; port++) {
		struct enc_attempt one = to(7, port);

		note(ledger, &one, 0);
	}
	assert_int_equal(told.frames, ENC_LEDGER_KINDS_MAX + 1);
	assert_int_equal(finish(ledger), 2000);
	assert_int_equal(told.sum, 2000);
	assert_string_equal(told.last_host, "(more)");
	enc_ledger_free(ledger);
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
	struct enc_ledger *ledger = enc_ledger_new(hear, &told);
	struct enc_attempt like = { .via = ENC_VIA_PACKET,
				    .protocol = IPPROTO_TCP };
	struct enc_attempt check = to(1, 9);

	(void)state;
	note(ledger, &check, 0); /* the self-check */
	enc_ledger_launched(ledger);
	for (uint16_t port = 1; port <= 1000; port++) {
		struct enc_attempt one = to(7, port);

		note(ledger, &one, 0);
	}
	for (uint16_t port = 1; port <= 4096; port++) {
		struct enc_attempt one = to(7, port);

		enc_ledger_counted(ledger, &one, &denied, 2);
	}
	enc_ledger_total(ledger, &like, 10001);
	assert_int_equal(finish(ledger), 10000);
	assert_int_equal(told.sum, 10000);
	assert_string_equal(told.last_host, "(more)");
	enc_ledger_free(ledger);
}

/* Questions that nobody could read are counted, and told as questions. */
static void test_unread_questions(void **state)
{
	struct told told = { 0 };
	struct enc_ledger *ledger = enc_ledger_new(hear, &told);
	struct enc_attempt before = question("self.check");
	struct enc_attempt read = question("read.example");
	struct enc_attempt like = question(NULL);

	(void)state;
	note(ledger, &before, 0);
	enc_ledger_launched(ledger);
	note(ledger, &read, 0);
	note(ledger, &read, 0);
	enc_ledger_total(ledger, &like, 50);
	assert_int_equal(finish(ledger), 49);
	assert_int_equal(told.sum, 49);
	assert_int_equal(told.last_via, ENC_VIA_DNS);
	assert_string_equal(told.last_host, "(more)");
	enc_ledger_free(ledger);
}

/* What is no question is told by its address; each address is a kind. */
static void test_datagrams_that_ask_nothing(void **state)
{
	struct told told = { 0 };
	struct enc_ledger *ledger = enc_ledger_new(hear, &told);
	struct enc_attempt named = question("read.example");
	struct enc_attempt other = to(1, 53);

	(void)state;
	other.via = ENC_VIA_DNS;
	other.protocol = IPPROTO_UDP;
	enc_ledger_launched(ledger);
	note(ledger, &named, 0);
	for (uint8_t last = 1; last <= 3; last++) {
		other.addr[15] = last;
		note(ledger, &other, 0);
		note(ledger, &other, 0);
	}
	assert_int_equal(told.frames, 4);
	assert_int_equal(told.last_via, ENC_VIA_DNS);
	assert_non_null(strchr(told.last_host, '3'));
	assert_null(strchr(told.last_host, '('));
	enc_ledger_total(ledger, &named, 7);
	assert_int_equal(finish(ledger), 7);
	assert_int_equal(told.sum, 7);
	enc_ledger_free(ledger);
}

/* One class says nothing about another. */
static void test_classes_are_apart(void **state)
{
	struct told told = { 0 };
	struct enc_ledger *ledger = enc_ledger_new(hear, &told);
	struct enc_attempt seen = to(1, 80);
	struct enc_attempt like = { .via = ENC_VIA_PACKET };

	(void)state;
	enc_ledger_launched(ledger);
	note(ledger, &seen, 0);
	enc_ledger_total(ledger, &like, 3);
	like.protocol = IPPROTO_UDP;
	enc_ledger_total(ledger, &like, 5);
	like.protocol = IPPROTO_TCP;
	enc_ledger_total(ledger, &like, 1);
	assert_int_equal(finish(ledger), 9);
	enc_ledger_free(ledger);
}

/* A name stays a name, also when the kernel only knows the address. */
static void test_names(void **state)
{
	struct told told = { 0 };
	struct enc_ledger *ledger = enc_ledger_new(hear, &told);
	struct enc_attempt by_name = {
		.via = ENC_VIA_CONNECT,
		.protocol = IPPROTO_TCP,
		.addr = { [10] = 0xff, 0xff, 198, 18, 16, 0 },
		.port = 443,
		.host = "evil.example.com"
	};
	struct enc_attempt asked = question("evil.example.com");

	(void)state;
	enc_ledger_launched(ledger);
	note(ledger, &asked, 0);
	note(ledger, &by_name, 0);
	assert_string_equal(told.last_host, "evil.example.com");
	assert_string_equal(told.last_rule, "deny_all");
	assert_int_equal(told.frames, 2);
	by_name.host = NULL;
	enc_ledger_counted(ledger, &by_name, &denied, 3);
	assert_int_equal(finish(ledger), 4);
	assert_string_equal(told.last_host, "evil.example.com");
	enc_ledger_free(ledger);
}

/*
 * An allowed attempt is told with the address behind its name, and waits for
 * the first report of its kind, whatever was told in between.
 */
static void test_allowed_ones_have_a_report(void **state)
{
	struct told told = { 0 };
	struct enc_ledger *ledger = enc_ledger_new(hear, &told);
	struct enc_attempt one = to(1, 443);
	struct enc_attempt other = to(2, 443);
	uint64_t sums[2];

	(void)state;
	one.host = "example.com";
	memcpy(one.reached, to(9, 0).addr, sizeof(one.reached));
	assert_int_equal(note_as(ledger, &one, &allowed), 0); /* the check */
	enc_ledger_launched(ledger);
	assert_int_equal(note_as(ledger, &other, &denied), 1);
	assert_int_equal(note_as(ledger, &one, &allowed), 2);
	assert_int_equal(told.last_verdict, ENC_VERDICT_ALLOW);
	assert_memory_equal(told.last_addr, one.reached, 16);
	assert_string_equal(told.last_host, "example.com");
	assert_int_equal(note_as(ledger, &one, &denied), 3);
	assert_int_equal(note_as(ledger, &one, &allowed), 2);
	/* One of them never reached the gate, and one was the check's. */
	enc_ledger_counted(ledger, &one, &denied, 5);
	enc_ledger_finish(ledger, &sums[0], &sums[1]);
	assert_int_equal(sums[0], 3);
	assert_int_equal(sums[1], 2);
	assert_int_equal(told.sum, 5);
	enc_ledger_free(ledger);
}

/* Upstreams of bindings that lead to one address keep their names. */
static void test_own_attempts_by_name(void **state)
{
	struct told told = { 0 };
	struct enc_ledger *ledger = enc_ledger_new(hear, &told);
	struct enc_attempt one = to(7, 443);
	struct enc_attempt other = to(7, 443);

	(void)state;
	enc_ledger_launched(ledger);
	one.own = other.own = true;
	one.host = "one.example.com";
	other.host = "other.example.com";
	note(ledger, &one, 5000);
	assert_string_equal(told.last_host, "one.example.com");
	note(ledger, &other, 5000);
	assert_string_equal(told.last_host, "other.example.com");
	note(ledger, &one, 5000);
	assert_int_equal(told.frames, 2);
	enc_ledger_free(ledger);
}

/* A destination without a place of its own isn't let through. */
static void test_no_place_for_an_allowed_one(void **state)
{
	struct told told = { 0 };
	struct enc_ledger *ledger = enc_ledger_new(hear, &told);
	struct enc_attempt known = to(7, 1);
	struct enc_attempt other = to(8, 1);
	uint64_t report;

	(void)state;
	enc_ledger_launched(ledger);
	for (uint16_t port = 1; port <= ENC_LEDGER_KINDS_MAX; port++) {
		struct enc_attempt one = to(7, port);

		(void)note_as(ledger, &one, &allowed);
	}
	assert_int_equal(enc_ledger_note(ledger, &other, &allowed, 0, &report),
			 -ENOSPC);
	assert_int_equal(told.sum, ENC_LEDGER_KINDS_MAX);
	/*
	 * A destination with a line stays allowed, but no other address of its
	 * name.
	 */
	assert_int_equal(note_as(ledger, &known, &allowed), 1);
	memcpy(known.reached, other.addr, sizeof(known.reached));
	assert_int_equal(enc_ledger_note(ledger, &known, &allowed, 0, &report),
			 -ENOSPC);
	(void)note_as(ledger, &other, &denied);
	assert_string_equal(told.last_host, "(more)");
	enc_ledger_free(ledger);
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
		cmocka_unit_test(test_allowed_ones_have_a_report),
		cmocka_unit_test(test_own_attempts_by_name),
		cmocka_unit_test(test_no_place_for_an_allowed_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Writes a sealed bundle of as many events as the argument says, made by the
 * real writer: what a very long session leaves. Salts are counted, so that it
 * is the same each time.
 */

#include "audit_line.h"
#include "case_reader.h"

static void counted_salt(void *ret_bytes, size_t length)
{
	static uint64_t count;

	memset(ret_bytes, 0, length);
	count++;
	memcpy(ret_bytes, &count, ENC_MIN(length, sizeof(count)));
}

/* put_line() - what is in @line, and its end */
static void put_line(struct enc_buf *line)
{
	ENC_ASSERT(fwrite(enc_buf_bytes(line), 1, line->length, stdout) ==
		   line->length);
	ENC_ASSERT(putchar('\n') != EOF);
	enc_buf_clear(line);
}

static void put_event(struct enc_audit_chain *chain, struct enc_buf *line,
		      int64_t number)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(EGRESS_DENIED);
	char host[64];

	(void)snprintf(host, sizeof(host), "host-%lld.example",
		       (long long)number);
	enc_audit_put_string(&event, "host", host);
	enc_audit_put_string(&event, "ip", "192.0.2.1");
	enc_audit_put_int(&event, "port", 443);
	enc_audit_put_string(&event, "proto", "tcp");
	enc_audit_put_string(&event, "via", "connect");
	enc_audit_put_string(&event, "rule", "deny_all");
	enc_audit_put_int(&event, "count", number);
	ENC_ASSERT(enc_audit_chain_append(chain, &event, number, line, NULL) ==
		   ENC_OK);
	put_line(line);
}

int main(int argc, char **argv)
{
	long long events = argc == 2 ? strtoll(argv[1], NULL, 10) : 0;
	char hash[ENC_SHA256_HEX_BYTES];
	const struct enc_audit_genesis genesis = {
		.org_id = "o-1",
		.sid = "s-0f9972a1b2-3",
		.request_sha256 = hash,
		.policy_sha256 = hash,
		.environment_sha256 = hash,
	};
	ENC_AUTO(buf) line = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	struct enc_audit_chain chain;

	if (events < 1) {
		(void)fprintf(stderr, "usage: bundle EVENTS\n");
		return 64;
	}
	enc_sha256_hex("", 0, hash);
	ENC_ASSERT(enc_audit_chain_begin(&chain, &genesis, &line, NULL) ==
		   ENC_OK);
	put_line(&line);
	chain.salt = counted_salt;
	for (long long i = 0; i + 1 < events; i++) {
		put_event(&chain, &line, i);
	}
	ENC_ASSERT(enc_audit_chain_seal(&chain, "failed", events, &line,
					NULL) == ENC_OK);
	put_line(&line);
	return fflush(stdout) == 0 ? 0 : 1;
}

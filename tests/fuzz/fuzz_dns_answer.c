#include <errno.h>

#include "dns_answer.h"
#include "fuzz.h"

static const char host[] = "www.example.com";

/* check() - read a message as the answer to a query for one type */
static int check(const uint8_t *bytes, size_t length, uint16_t type,
		 struct enc_dns_result *result)
{
	uint16_t id = length < 2 ? 0 : (uint16_t)(bytes[0] << 8 | bytes[1]);
	int r = enc_dns_answers(bytes, length, id, host, type, result);

	if (r == 0) {
		ENC_ASSERT(result->count > 0);
		ENC_ASSERT(result->count <= ENC_DNS_ADDRESSES_MAX);
		ENC_ASSERT(result->ttl_s <= INT32_MAX);
	}
	/* Nobody else's answer. */
	id ^= 1;
	ENC_ASSERT(enc_dns_answers(bytes, length, id, host, type, result) ==
		   -EBADMSG);
	return r;
}

/*
 * The bytes behind a message don't count, and one byte more or less is another
 * message. One message can't answer both queries.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct enc_dns_result v4;
	static struct enc_dns_result v6;
	static struct enc_dns_result again;
	enc_autofree uint8_t *longer = enc_xalloc(length + 1);
	int r = check(bytes, length, ENC_DNS_A, &v4);
	int other = check(bytes, length, ENC_DNS_AAAA, &v6);

	ENC_ASSERT(r == -EBADMSG || other == -EBADMSG);
	memcpy(longer, bytes, length);
	longer[length] = 0xc0;
	ENC_ASSERT(check(longer, length, ENC_DNS_A, &again) == r);
	if (r == 0) {
		ENC_ASSERT(again.count == v4.count && again.ttl_s == v4.ttl_s);
		ENC_ASSERT(memcmp(again.addresses, v4.addresses,
				  v4.count * sizeof(v4.addresses[0])) == 0);
		ENC_ASSERT(check(longer, length + 1, ENC_DNS_A, &again) ==
			   -EPROTO);
		ENC_ASSERT(check(longer, length - 1, ENC_DNS_A, &again) ==
			   -EPROTO);
	}
	return 0;
}

#include <netinet/in.h>
#include <string.h>

#include "attempts.h"
#include "egress.h"

enum { BUCKETS = 1024 };

/*
 * The kernel counts the attempts of each family. Each family has a kind
 * "(more)".
 */
enum family { TCP, UDP, DNS, OTHER, FAMILIES };

static const struct enc_attempt more[FAMILIES] = {
	[TCP] = { .via = ENC_VIA_PACKET, .protocol = IPPROTO_TCP },
	[UDP] = { .via = ENC_VIA_PACKET, .protocol = IPPROTO_UDP },
	[DNS] = { .via = ENC_VIA_DNS, .protocol = IPPROTO_UDP, .port = 53 },
	[OTHER] = { .via = ENC_VIA_PACKET },
};

struct kind {
	struct enc_attempt what; /* the attempt; its host is owned */
	const char *rule;
	uint64_t seen;	 /* attempts since LAUNCH */
	uint64_t before; /* attempts before LAUNCH */
	uint64_t told;
	int64_t told_ms;
	uint16_t next; /* index + 1 of the next kind in the same bucket */
};

struct enc_attempts {
	enc_attempts_tell_fn *tell;
	void *context;
	bool launched;
	size_t count;
	/* Buckets of a hash table: index + 1 of the first kind; 0: none. */
	uint16_t buckets[BUCKETS];
	/* The last kinds are "(more)", one per family. */
	struct kind kinds[ENC_ATTEMPTS_KINDS_MAX + FAMILIES];
};

static enum family family_of(const struct enc_attempt *attempt)
{
	if (attempt->via == ENC_VIA_DNS) {
		return DNS;
	}
	return attempt->protocol == IPPROTO_TCP	  ? TCP
	       : attempt->protocol == IPPROTO_UDP ? UDP
						  : OTHER;
}

static struct kind *more_of(struct enc_attempts *attempts, enum family family)
{
	return &attempts->kinds[ENC_ATTEMPTS_KINDS_MAX + family];
}

struct enc_attempts *enc_attempts_new(enc_attempts_tell_fn *tell, void *context)
{
	struct enc_attempts *attempts = enc_xalloc(sizeof(*attempts));

	attempts->tell = tell;
	attempts->context = context;
	for (enum family family = 0; family < FAMILIES; family++) {
		struct kind *kind = more_of(attempts, family);

		kind->what = more[family];
		kind->what.host = enc_xstrdup("(more)");
		kind->rule = "deny_all";
	}
	return attempts;
}

void enc_attempts_free(struct enc_attempts *attempts)
{
	if (attempts == NULL) {
		return;
	}
	for (size_t i = 0; i < ENC_COUNT(attempts->kinds); i++) {
		free((void *)(uintptr_t)attempts->kinds[i].what.host);
	}
	free(attempts);
}

void enc_attempts_launched(struct enc_attempts *attempts)
{
	attempts->launched = true;
}

/*
 * query_of() - the name that a DNS query asks for; "" for other attempts, also
 * for a datagram to port 53 that is no query
 */
static const char *query_of(const struct enc_attempt *what)
{
	return what->via == ENC_VIA_DNS && what->host != NULL ? what->host : "";
}

/*
 * bucket_of() - FNV-1a hash over the members that the kernel also knows. The
 * name is one of them only for DNS.
 */
static size_t bucket_of(const struct enc_attempt *what)
{
	uint32_t hash = 2166136261U ^ what->protocol ^ what->port << 8;

	for (size_t i = 0; i < sizeof(what->addr); i++) {
		hash = (hash ^ what->addr[i]) * 16777619U;
	}
	for (const char *c = query_of(what); *c != '\0'; c++) {
		hash = (hash ^ (unsigned char)*c) * 16777619U;
	}
	return hash % BUCKETS;
}

/*
 * is_same() - whether two attempts are one kind for the kernel. DNS queries
 * differ by name.
 */
static bool is_same(const struct enc_attempt *a, const struct enc_attempt *b)
{
	if ((a->via == ENC_VIA_DNS) != (b->via == ENC_VIA_DNS) ||
	    a->protocol != b->protocol || a->port != b->port ||
	    memcmp(a->addr, b->addr, sizeof(a->addr)) != 0) {
		return false;
	}
	return strcmp(query_of(a), query_of(b)) == 0;
}

/*
 * find() - find the kind of an attempt; make it if there is room, else return
 * "(more)" of its family
 */
static struct kind *find(struct enc_attempts *attempts,
			 const struct enc_attempt *what)
{
	uint16_t *bucket = &attempts->buckets[bucket_of(what)];
	struct enc_destination to = { .host = what->host, .port = what->port };
	struct kind *kind;

	for (uint16_t at = *bucket; at != 0;
	     at = attempts->kinds[at - 1].next) {
		if (is_same(&attempts->kinds[at - 1].what, what)) {
			return &attempts->kinds[at - 1];
		}
	}
	if (attempts->count == ENC_ATTEMPTS_KINDS_MAX) {
		return more_of(attempts, family_of(what));
	}
	kind = &attempts->kinds[attempts->count++];
	kind->what = *what;
	kind->what.host = what->host == NULL ? NULL : enc_xstrdup(what->host);
	memcpy(to.addr, what->addr, sizeof(to.addr));
	(void)enc_egress_judge(&to, &kind->rule);
	kind->next = *bucket;
	*bucket = (uint16_t)attempts->count;
	return kind;
}

/* tell() - report attempts of one kind that aren't reported yet */
static void tell(struct enc_attempts *attempts, struct kind *kind,
		 int64_t now_ms)
{
	char address[ENC_EGRESS_ADDRESS_BYTES];
	struct enc_message_egress message = {
		.verdict = ENC_VERDICT_DENY,
		.via = kind->what.via,
		.protocol = kind->what.protocol,
		.port = kind->what.port,
		.count = kind->seen - kind->told,
	};

	if (message.count == 0) {
		return; /* nothing new, or an unused entry */
	}
	message.rule = (struct enc_text){ kind->rule, strlen(kind->rule) };
	memcpy(message.addr, kind->what.addr, sizeof(message.addr));
	enc_egress_address(kind->what.addr, address);
	message.host.bytes =
		kind->what.host != NULL ? kind->what.host : address;
	message.host.length = strlen(message.host.bytes);
	kind->told = kind->seen;
	kind->told_ms = now_ms;
	attempts->tell(attempts->context, &message);
}

void enc_attempts_note(struct enc_attempts *attempts,
		       const struct enc_attempt *attempt, int64_t now_ms,
		       const char **ret_rule)
{
	struct kind *kind = find(attempts, attempt);

	*ret_rule = kind->rule;
	if (!attempts->launched) {
		kind->before++;
		return;
	}
	kind->seen++;
	if (kind->told == 0) {
		tell(attempts, kind, now_ms);
	}
}

int64_t enc_attempts_flush(struct enc_attempts *attempts, int64_t now_ms)
{
	int64_t next_ms = -1;

	for (size_t i = 0; i < ENC_COUNT(attempts->kinds); i++) {
		struct kind *kind = &attempts->kinds[i];
		int64_t due_ms = kind->told_ms + ENC_ATTEMPTS_PAUSE_MS;

		if (kind->seen == kind->told) {
			continue;
		}
		if (due_ms <= now_ms) {
			tell(attempts, kind, now_ms);
		} else if (next_ms < 0 || due_ms < next_ms) {
			next_ms = due_ms;
		}
	}
	return next_ms;
}

void enc_attempts_counted(struct enc_attempts *attempts,
			  const struct enc_attempt *attempt, uint64_t count)
{
	struct kind *kind = find(attempts, attempt);

	/* enc_attempts_total() handles the attempts of "(more)". */
	if (kind < more_of(attempts, 0) && count > kind->before + kind->seen) {
		kind->seen = count - kind->before;
	}
}

void enc_attempts_total(struct enc_attempts *attempts,
			const struct enc_attempt *like, uint64_t count)
{
	enum family family = family_of(like);
	uint64_t known = 0;

	for (size_t i = 0; i < ENC_COUNT(attempts->kinds); i++) {
		const struct kind *kind = &attempts->kinds[i];

		/* An unused entry of the table adds 0. */
		if (family_of(&kind->what) == family) {
			known += kind->before + kind->seen;
		}
	}
	if (count > known) {
		more_of(attempts, family)->seen += count - known;
	}
}

uint64_t enc_attempts_finish(struct enc_attempts *attempts)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ENC_COUNT(attempts->kinds); i++) {
		tell(attempts, &attempts->kinds[i], 0);
		sum += attempts->kinds[i].told;
	}
	return sum;
}

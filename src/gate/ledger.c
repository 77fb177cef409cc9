#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "ledger.h"

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
	struct enc_attempt what; /* its host is owned */
	enum enc_verdict verdict;
	char *rule;
	uint64_t report; /* number of its first report; 0: none yet */
	uint64_t seen;	 /* attempts since LAUNCH */
	uint64_t before; /* attempts before LAUNCH */
	uint64_t told;
	int64_t told_ms;
	uint16_t next; /* index + 1 of the next kind in the same bucket */
};

struct enc_ledger {
	enc_ledger_tell_fn *tell;
	void *context;
	bool launched;
	size_t count;
	/* Buckets of a hash table: index + 1 of the first kind; 0: none. */
	uint16_t buckets[BUCKETS];
	/* The last kinds are "(more)", one per family. */
	struct kind kinds[ENC_LEDGER_KINDS_MAX + FAMILIES];
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

static struct kind *more_of(struct enc_ledger *ledger, enum family family)
{
	return &ledger->kinds[ENC_LEDGER_KINDS_MAX + family];
}

struct enc_ledger *enc_ledger_new(enc_ledger_tell_fn *tell, void *context)
{
	struct enc_ledger *ledger = enc_xalloc(sizeof(*ledger));

	ledger->tell = tell;
	ledger->context = context;
	for (enum family family = 0; family < FAMILIES; family++) {
		struct kind *kind = more_of(ledger, family);

		kind->what = more[family];
		kind->what.host = enc_xstrdup("(more)");
		kind->rule = enc_xstrdup("(more)");
	}
	return ledger;
}

void enc_ledger_free(struct enc_ledger *ledger)
{
	if (ledger == NULL) {
		return;
	}
	for (size_t i = 0; i < ENC_COUNT(ledger->kinds); i++) {
		free((void *)(uintptr_t)ledger->kinds[i].what.host);
		free(ledger->kinds[i].rule);
	}
	free(ledger);
}

void enc_ledger_launched(struct enc_ledger *ledger)
{
	ledger->launched = true;
}

/*
 * name_of() - the name that tells an attempt from others at an address: what a
 * DNS query asks for, and the upstream's of the gate's own ones. "" for others,
 * also for a datagram to port 53 that is no query
 */
static const char *name_of(const struct enc_attempt *what)
{
	return (what->via == ENC_VIA_DNS || what->own) && what->host != NULL
		       ? what->host
		       : "";
}

/*
 * bucket_of() - FNV-1a hash over the members that the kernel also knows. The
 * name is one of them only for DNS, and it doesn't know the gate's own.
 */
static size_t bucket_of(const struct enc_attempt *what)
{
	uint32_t hash = 2166136261U ^ what->protocol ^ what->port << 8;

	for (size_t i = 0; i < sizeof(what->addr); i++) {
		hash = (hash ^ what->addr[i]) * 16777619U;
	}
	for (const char *c = name_of(what); *c != '\0'; c++) {
		hash = (hash ^ (unsigned char)*c) * 16777619U;
	}
	return hash % BUCKETS;
}

/*
 * is_same() - whether two attempts are one for the kernel. DNS queries and the
 * gate's own attempts differ by name.
 */
static bool is_same(const struct enc_attempt *a, const struct enc_attempt *b)
{
	if ((a->via == ENC_VIA_DNS) != (b->via == ENC_VIA_DNS) ||
	    a->own != b->own || a->protocol != b->protocol ||
	    a->port != b->port ||
	    memcmp(a->addr, b->addr, sizeof(a->addr)) != 0) {
		return false;
	}
	return strcmp(name_of(a), name_of(b)) == 0;
}

static bool is_decided(const struct kind *kind,
		       const struct enc_decision *decision)
{
	return kind->verdict == decision->verdict &&
	       strcmp(kind->rule, decision->rule) == 0;
}

/* first_at() - the first kind of a bucket, or NULL */
static struct kind *first_at(struct enc_ledger *ledger,
			     const struct enc_attempt *what)
{
	uint16_t at = ledger->buckets[bucket_of(what)];

	return at == 0 ? NULL : &ledger->kinds[at - 1];
}

static struct kind *next_of(struct enc_ledger *ledger, const struct kind *kind)
{
	return kind->next == 0 ? NULL : &ledger->kinds[kind->next - 1];
}

/* add() - make a kind; NULL if there is no room for one */
static struct kind *add(struct enc_ledger *ledger,
			const struct enc_attempt *what,
			const struct enc_decision *decision)
{
	uint16_t *bucket = &ledger->buckets[bucket_of(what)];
	struct kind *kind;

	if (ledger->count == ENC_LEDGER_KINDS_MAX) {
		return NULL;
	}
	kind = &ledger->kinds[ledger->count++];
	kind->what = *what;
	kind->what.host = what->host == NULL ? NULL : enc_xstrdup(what->host);
	kind->verdict = decision->verdict;
	kind->rule = enc_xstrdup(decision->rule);
	kind->next = *bucket;
	*bucket = (uint16_t)ledger->count;
	return kind;
}

/*
 * find() - find the kind of an attempt; make it if there is room, else return
 * "(more)" of its family, or NULL for an allowed attempt
 */
static struct kind *find(struct enc_ledger *ledger,
			 const struct enc_attempt *what,
			 const struct enc_decision *decision)
{
	struct kind *kind;

	for (kind = first_at(ledger, what); kind != NULL;
	     kind = next_of(ledger, kind)) {
		if (is_same(&kind->what, what) && is_decided(kind, decision) &&
		    memcmp(kind->what.reached, what->reached,
			   sizeof(what->reached)) == 0) {
			return kind;
		}
	}
	kind = add(ledger, what, decision);
	if (kind != NULL || decision->verdict == ENC_VERDICT_ALLOW) {
		return kind;
	}
	return more_of(ledger, family_of(what));
}

/* tell() - report attempts of one kind that aren't reported yet */
static void tell(struct enc_ledger *ledger, struct kind *kind, int64_t now_ms)
{
	static const uint8_t none[sizeof(kind->what.reached)];
	const struct enc_attempt *what = &kind->what;
	char address[ENC_EGRESS_ADDRESS_BYTES];
	struct enc_message_egress message = {
		.verdict = kind->verdict,
		.via = what->via,
		.protocol = what->protocol,
		.port = what->port,
		.count = kind->seen - kind->told,
	};
	uint64_t report;

	if (message.count == 0) {
		return; /* nothing new, or an unused entry */
	}
	message.rule = (struct enc_text){ kind->rule, strlen(kind->rule) };
	memcpy(message.addr,
	       memcmp(what->reached, none, sizeof(none)) == 0 ? what->addr
							      : what->reached,
	       sizeof(message.addr));
	enc_egress_address(what->addr, address);
	message.host.bytes = what->host != NULL ? what->host : address;
	message.host.length = strlen(message.host.bytes);
	kind->told = kind->seen;
	kind->told_ms = now_ms;
	report = ledger->tell(ledger->context, &message);
	if (kind->report == 0) {
		kind->report = report;
	}
}

int enc_ledger_note(struct enc_ledger *ledger,
		    const struct enc_attempt *attempt,
		    const struct enc_decision *decision, int64_t now_ms,
		    uint64_t *ret_report)
{
	struct kind *kind = find(ledger, attempt, decision);

	*ret_report = 0;
	if (kind == NULL) {
		return -ENOSPC;
	}
	if (!ledger->launched) {
		kind->before++;
		return 0;
	}
	kind->seen++;
	if (kind->told == 0) {
		tell(ledger, kind, now_ms);
	}
	*ret_report = kind->report;
	return 0;
}

int64_t enc_ledger_flush(struct enc_ledger *ledger, int64_t now_ms)
{
	int64_t next_ms = -1;

	for (size_t i = 0; i < ENC_COUNT(ledger->kinds); i++) {
		struct kind *kind = &ledger->kinds[i];
		int64_t due_ms = kind->told_ms + ENC_LEDGER_PAUSE_MS;

		if (kind->seen == kind->told) {
			continue;
		}
		if (due_ms <= now_ms) {
			tell(ledger, kind, now_ms);
		} else if (next_ms < 0 || due_ms < next_ms) {
			next_ms = due_ms;
		}
	}
	return next_ms;
}

void enc_ledger_counted(struct enc_ledger *ledger,
			const struct enc_attempt *attempt,
			const struct enc_decision *denied, uint64_t count)
{
	struct kind *lost = NULL;
	uint64_t known = 0;

	for (struct kind *kind = first_at(ledger, attempt); kind != NULL;
	     kind = next_of(ledger, kind)) {
		if (is_same(&kind->what, attempt)) {
			known += kind->before + kind->seen;
			lost = kind->verdict == ENC_VERDICT_DENY ? kind : lost;
		}
	}
	if (count <= known) {
		return;
	}
	if (lost == NULL) {
		lost = add(ledger, attempt, denied);
	}
	/* enc_ledger_total() handles what has no kind of its own. */
	if (lost != NULL) {
		lost->seen += count - known;
	}
}

void enc_ledger_total(struct enc_ledger *ledger, const struct enc_attempt *like,
		      uint64_t count)
{
	enum family family = family_of(like);
	uint64_t known = 0;

	for (size_t i = 0; i < ENC_COUNT(ledger->kinds); i++) {
		const struct kind *kind = &ledger->kinds[i];

		/* An unused entry of the table adds 0. */
		if (family_of(&kind->what) == family && !kind->what.own) {
			known += kind->before + kind->seen;
		}
	}
	if (count > known) {
		more_of(ledger, family)->seen += count - known;
	}
}

void enc_ledger_finish(struct enc_ledger *ledger, uint64_t *ret_denied,
		       uint64_t *ret_allowed)
{
	*ret_denied = 0;
	*ret_allowed = 0;
	for (size_t i = 0; i < ENC_COUNT(ledger->kinds); i++) {
		struct kind *kind = &ledger->kinds[i];

		tell(ledger, kind, 0);
		if (kind->verdict == ENC_VERDICT_ALLOW) {
			*ret_allowed += kind->told;
		} else {
			*ret_denied += kind->told;
		}
	}
}

#include "domain/holding.h"

#include "classify/system.h"
#include "core/address.h"
#include "domain/claim_text.h"

#include <stdlib.h>
#include <string.h>

#define CONFIDENCE_BELIEVED 50

static bool seen_by(const struct claim *c, uint64_t at_ns)
{
	return c->start_ns <= at_ns && at_ns <= c->end_ns + HOLDING_AGAIN_NS;
}

/* ---- what a claim is about ---- */

static uint64_t hash_text(const struct hash_key *key, uint64_t h, const char *text)
{
	return hash_combine(h, hash_bytes(key, text, strlen(text)));
}

static uint64_t hash_member(const struct hash_key *key, uint64_t h, const struct claim *c, const char *member)
{
	char text[256];
	return hash_text(key, h, claim_text(c, member, text, sizeof text) ? text : "");
}

static bool is_role(const struct claim *c, const char *role)
{
	char text[32];
	return claim_text(c, "role", text, sizeof text) && strcmp(text, role) == 0;
}

/* A machine has one system, a port one program at its front and others behind it; of a client there may be several. */
static void describe_software(const struct hash_key *key, const struct claim *c, struct holding *h)
{
	char version[256];
	bool versioned = claim_text(c, "softwareVersion", version, sizeof version) && *version;
	h->who = h->what = hash_member(key, 1, c, "softwareTitle");
	h->detail = versioned;
	if (versioned)
		h->who = hash_text(key, h->what, version);
	h->slot = hash_member(key, h->slot, c, "role");
	if (claim_is_of_list(c)) {
		h->slot = hash_text(key, 1, c->method);
		return;
	}
	if (claim_is_report(c)) {
		h->slot = hash_member(key, h->slot + 1, c, "softwareTitle");
		return;
	}
	h->system = is_role(c, "operatingSystem");
	if (h->system)
		return;
	h->beside = true;
	if (is_role(c, "server"))
		h->slot = hash_member(key, hash_member(key, h->slot, c, "transport"), c, "port");
	else if (!is_role(c, "firmware"))
		h->slot = hash_member(key, h->slot, c, "softwareTitle");
}

static void describe_service(const struct hash_key *key, const struct claim *c, struct holding *h)
{
	char name[64] = "";
	claim_text(c, "applicationName", name, sizeof name);
	h->slot = hash_member(key, hash_member(key, h->slot, c, "transport"), c, "port");
	h->who = hash_text(key, 1, name);
	h->detail = !*name ? 0 : strcmp(name, "tls") == 0 ? 1 : 2;
	h->beside = true;
}

/* An interface has one IPv4 address, one of the link and others of IPv6: where it has more, they are seen beside each
 * other. */
static uint64_t address_kind(const char *text)
{
	struct address a;
	uint8_t version = address_parse(text, &a);
	return version != 6 ? 4 : address_is_link_local(&a, 6) ? 5 : 6;
}

static void describe_interface(const struct hash_key *key, const struct claim *c, struct holding *h)
{
	static const char member[] = "\"addresses\":[\"";
	const char *found = strstr(c->value, member);
	char text[ADDRESS_TEXT_BYTES];
	size_t n = found ? strcspn(found + sizeof member - 1, "\"") : 0;
	h->slot = 0;
	if (!n || n >= sizeof text)
		return;
	memcpy(text, found + sizeof member - 1, n);
	text[n] = 0;
	h->slot = hash_combine(hash_member(key, 1, c, "interfaceMacAddress"), address_kind(text));
	h->who = hash_text(key, 1, text);
}

/* Other names an endpoint has one of each are told at once; a name that came another way is no other name. */
static void describe_name(const struct hash_key *key, const struct claim *c, struct holding *h)
{
	char text[256] = "";
	claim_text(c, NULL, text, sizeof text);
	h->who = hash_text(key, 1, text);
	h->beside = true;
	if (strcmp(c->kind, "ipv4Address") == 0 || strcmp(c->kind, "ipv6Address") == 0) {
		h->slot = hash_combine(h->slot, address_kind(text));
		h->beside = false;
	} else if (strcmp(c->kind, "hostName") == 0 && c->method)
		h->slot = hash_text(key, h->slot, c->method);
	else if (strcmp(c->kind, "windowsDomain") != 0 && strcmp(c->kind, "userName") != 0)
		h->slot = 0;
}

static struct holding describe(const struct hash_key *key, const struct claim *c)
{
	struct holding h = {.slot = hash_text(key, 1, c->kind), .who = hash_text(key, 1, c->value)};
	switch (claim_group(c)) {
	case GROUP_SOFTWARE:
		describe_software(key, c, &h);
		break;
	case GROUP_SERVICE:
		describe_service(key, c, &h);
		break;
	case GROUP_DESIGNATION:
		describe_name(key, c, &h);
		break;
	case GROUP_HARDWARE:
	case GROUP_LOCATION:
		h.slot = hash_member(key, h.slot, c, "kind");
		h.beside = claim_group(c) == GROUP_HARDWARE;
		break;
	case GROUP_USER:
	case GROUP_SYSTEMS:
		h.beside = true;
		break;
	case GROUP_EVENT:
		h.passes = true;
		break;
	default:
		h.slot = 0;
		if (strcmp(c->kind, "networkInterface") == 0)
			describe_interface(key, c, &h);
	}
	return h;
}

/* ---- what takes its place ---- */

/* "Linux" takes no place of "Debian GNU/Linux 12". */
static bool systems_agree(const struct claim *a, const struct claim *b)
{
	char x[256] = "", y[256] = "";
	claim_text(a, "softwareTitle", x, sizeof x);
	claim_text(b, "softwareTitle", y, sizeof y);
	return system_underlies(x, y) || system_underlies(y, x);
}

/* b is a, or says less of the same: a product without its version, a port without its protocol. */
static bool is_no_other(const struct claim *claims, const struct holding *a, const struct holding *b)
{
	return a->who == b->who || (a->what == b->what && b->detail < a->detail) ||
	       (a->system && b->system && systems_agree(&claims[a->claim], &claims[b->claim]));
}

/* Something came into the slot after `h` was last seen there, and before at_ns. */
static bool is_displaced(const struct claim *claims, const struct holding *slot, uint32_t n, const struct holding *h,
			 uint64_t at_ns)
{
	uint64_t end_ns = claims[h->claim].end_ns;
	for (uint32_t i = 0; i < n; i++) {
		const struct claim *c = &claims[slot[i].claim];
		bool came = c->start_ns > end_ns && c->start_ns <= at_ns && c->confidence >= CONFIDENCE_BELIEVED;
		if (came && !is_no_other(claims, h, &slot[i]) && (!h->beside || slot[i].first_ns > end_ns))
			return true;
	}
	return false;
}

static int by_slot(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;
	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	if (x->who != y->who)
		return x->who < y->who ? -1 : 1;
	return x->first_ns < y->first_ns ? -1 : x->first_ns > y->first_ns;
}

static int by_claim(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;
	return x->claim < y->claim ? -1 : x->claim > y->claim;
}

/* What was seen within the day, or reported at any time, and nothing displaced: marked in `stands` of each. */
static void settle_slot(const struct claim *claims, struct holding *slot, uint32_t n, uint64_t at_ns)
{
	uint64_t last_ns = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t start_ns = claims[slot[i].claim].start_ns;
		last_ns = start_ns > last_ns ? start_ns : last_ns;
		if (i && slot[i].who == slot[i - 1].who)
			slot[i].first_ns = slot[i - 1].first_ns;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct claim *c = &claims[slot[i].claim];
		bool report = claim_is_report(c),
		     displaced = slot[i].slot && last_ns > c->end_ns && is_displaced(claims, slot, n, &slot[i], at_ns);
		bool stood = !slot[i].passes && at_ns <= c->end_ns + HOLDING_STANDS_NS && !displaced;
		slot[i].stands = report ? !displaced : stood || seen_by(c, at_ns);
	}
}

/* Something observed of the endpoint itself was seen within the hour. Names come with whatever is said, and what it
 * reported says nothing of when it was there. */
static bool was_present(const struct claim *claims, uint32_t n, uint64_t at_ns)
{
	bool asserted = false, implied = false;
	for (uint32_t i = 0; i < n; i++) {
		bool seen = claims[i].start_ns <= at_ns && !claim_is_report(&claims[i]) &&
			    claim_group(&claims[i]) != GROUP_EVENT;
		if (seen && !claims[i].implied && seen_by(&claims[i], at_ns))
			return true;
		asserted |= seen && !claims[i].implied;
		implied |= seen && claims[i].implied && seen_by(&claims[i], at_ns);
	}
	return !asserted && implied;
}

uint32_t holding_select(struct claim *claims, uint32_t n, uint64_t at_ns, const struct hash_key *key,
			struct holding *room)
{
	uint32_t known = 0, kept = 0;
	if (!was_present(claims, n, at_ns))
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		if (claims[i].start_ns > at_ns)
			continue;
		room[known] = describe(key, &claims[i]);
		room[known].first_ns = claims[i].start_ns;
		room[known++].claim = i;
	}
	qsort(room, known, sizeof *room, by_slot);
	for (uint32_t i = 0, k; i < known; i = k) {
		for (k = i + 1; k < known && room[k].slot == room[i].slot;)
			k++;
		settle_slot(claims, room + i, k - i, at_ns);
	}
	qsort(room, known, sizeof *room, by_claim);
	for (uint32_t i = 0; i < known; i++)
		if (room[i].stands)
			claims[kept++] = claims[room[i].claim];
	return kept;
}

#include "domain/explain.h"

#include "classify/field.h"
#include "classify/system.h"
#include "domain/claim_text.h"

#include <string.h>

/* By what rule each kind of thing is known, and what would change it. Rows without a role go for all roles. */
static const struct row {
	const char *kind, *role, *rule, *change;
} rows[] = {
	{"macAddress", NULL, "the source of frames of its own link",
	 "packets of foreign addresses with lowered TTLs from this MAC, which would make it a router's; other hosts' "
	 "ARP in "
	 "its frames, which would make it a bridge's"},
	{"vlanId", NULL, "the outer tag of its frames", "frames of it with another tag: that is another link"},
	{"dot1qCustomerVlanId", NULL, "the inner tag of its frames",
	 "frames of it with another tag: that is another link"},
	{"layer2SegmentId", NULL, "the overlay its frames came in", "frames of it in another overlay"},
	{"hostName", NULL, "the endpoint's own word",
	 "the endpoint giving itself another name, by the same protocol or a surer one"},
	{"domainName", NULL, "what others call its address",
	 "answers that give the name to another address; a new holder of the address"},
	{"windowsDomain", NULL, "the endpoint's own word", "another domain in its logons or announcements"},
	{"sshHostKeyFingerprint", NULL, "the key its server showed", "another key from the same port"},
	{"certificateFingerprint", NULL, "the certificate its server showed", "another certificate from the same port"},
	{"dhcpClientIdentifier", NULL, "the endpoint's own word", "another identifier in its DHCP messages"},
	{"mqttClientId", NULL, "the endpoint's own word", "another identifier when it connects"},
	{"smbServerGuid", NULL, "the endpoint's own word", "another identifier from the same server"},
	{"snmpEngineId", NULL, "the endpoint's own word", "another engine from the same address"},
	{"chassisId", NULL, "the endpoint's own word", "another chassis in its announcements"},
	{"softwareInstance", "operatingSystem", "what its programs and its stack say of the system",
	 "a second method that says another system; another stack on the same address, which would mean several"},
	{"softwareInstance", "server", "what answered on the port",
	 "another banner from the same port, or a version that says more"},
	{"softwareInstance", NULL, "the program's own word",
	 "the same program with another version; a stack below it that cannot run it"},
	{"service", NULL, "a server's answer on the port", "content of another protocol on the port"},
	{"hardware", NULL, "the device's own word, or its maker's part of the address",
	 "the device naming another model"},
	{"location", NULL, "the switch's or access point's word", "the same MAC behind another port"},
	{"userName", NULL, "a logon that was seen", "a logon by another name"},
	{"endpointMultiplicity", NULL, "stacks or words of several families whose times interlock",
	 "one family alone for the rest of the time: the others then belong to an earlier system"},
	{"observingSensor", NULL, "the sensor knows its own interfaces",
	 "the address on an interface of another machine"},
	{"fingerprint", NULL, "worked out of what its packets look like, as shown",
	 "nothing takes it back; another program, version or setting gives another beside it"},
	{"certificate", NULL, "what the certificate says that its server showed",
	 "another certificate from the same port"},
	{"banner", NULL, "the text as it was sent", "another text in the same place; a signature that reads it"},
	{NULL, NULL, "its own packets", "something else in the same place"},
};

/* What ties an address to the MAC it stands beside, by what was seen first. Without MAC: the last row. */
static const struct row ties[] = {
	{"dhcp.ack", NULL, "the DHCP server gave it to this MAC",
	 "a lease or ARP that gives it to another MAC, which then uses it"},
	{"arp.sender", NULL, "this MAC says by ARP that it has it",
	 "ARP or a lease that gives it to another MAC, while this one falls silent; only lowered TTLs from now on"},
	{"ndp.source", NULL, "this MAC asks its neighbours from it",
	 "neighbour discovery that gives it to another MAC, while this one falls silent; only lowered hop limits from "
	 "now on"},
	{"ndp.target", NULL, "this MAC advertises it",
	 "neighbour discovery that gives it to another MAC, while this one falls silent; only lowered hop limits from "
	 "now on"},
	{"ndp.router", NULL, "this MAC advertises itself as a router from it",
	 "neighbour discovery that gives it to another MAC, while this one falls silent"},
	{"packet.source", NULL,
	 "its packets come in this MAC's frames with an initial TTL or within the link's scope: no router is between",
	 "ARP, neighbour discovery or a lease that gives it to another MAC; only lowered TTLs from now on"},
	{NULL, NULL,
	 "packets come from it; no MAC here is its own: it is behind a router, or the capture shows no MACs",
	 "ARP, neighbour discovery, a lease or an initial TTL that tie it to a MAC; a stack that is another's, which "
	 "would "
	 "mean several or a new holder"},
};

static void text_of(const struct claim *c, const char *member, char *out, size_t size)
{
	if (!claim_text(c, member, out, size))
		*out = 0;
}

static bool is_address(const struct claim *c)
{
	return strcmp(c->kind, "ipv4Address") == 0 || strcmp(c->kind, "ipv6Address") == 0;
}

/* The interface that has the address with a MAC; NULL when none is known. */
static const struct claim *interface_of(const struct inventory_endpoint *e, const struct claim *c)
{
	for (uint32_t i = 0; i < e->n_all; i++) {
		const struct claim *other = &e->all[i];
		if (strcmp(other->kind, "networkInterface") == 0 && strstr(other->value, "interfaceMacAddress") &&
		    (other == c || strstr(other->value, c->value)))
			return other;
	}
	return NULL;
}

static const struct row *tie_of(const struct inventory_endpoint *e, const struct claim *c)
{
	const struct claim *interface = interface_of(e, c);
	const struct row *r = ties;
	while (r->kind && (!interface || !interface->method || strcmp(r->kind, interface->method) != 0))
		r++;
	return r;
}

static const struct row *row_of(const struct inventory_endpoint *e, const struct claim *c)
{
	char role[32];
	const struct row *r = rows;
	if (is_address(c) || strcmp(c->kind, "networkInterface") == 0)
		return tie_of(e, c);
	text_of(c, "role", role, sizeof role);
	while (r->kind && (strcmp(r->kind, c->kind) != 0 || (r->role && strcmp(r->role, role) != 0)))
		r++;
	return r;
}

static bool same_text(const struct claim *a, const struct claim *b, const char *member)
{
	char x[256], y[256];
	text_of(a, member, x, sizeof x);
	text_of(b, member, y, sizeof y);
	return strcmp(x, y) == 0;
}

static bool same_port(const struct claim *a, const struct claim *b)
{
	return same_text(a, b, "transport") && same_text(a, b, "port");
}

/* One is empty, or the other up to a dot: "10.13" of "10.13.6". */
static bool versions_agree(const char *a, const char *b)
{
	size_t x = strlen(a), y = strlen(b), n = x < y ? x : y;
	const char *rest = x < y ? b + n : a + n;
	return !n || (strncmp(a, b, n) == 0 && (!*rest || *rest == '.'));
}

/* "Linux" says nothing against "Debian GNU/Linux 12", nor "Windows" against "Windows 10.0". */
static bool may_both_run(const struct claim *a, const struct claim *b)
{
	char x[256], y[256];
	text_of(a, "softwareVersion", x, sizeof x);
	text_of(b, "softwareVersion", y, sizeof y);
	if (same_text(a, b, "softwareTitle") && versions_agree(x, y))
		return true;
	text_of(a, "softwareTitle", x, sizeof x);
	text_of(b, "softwareTitle", y, sizeof y);
	return system_underlies(x, y) || system_underlies(y, x);
}

/* Who made a card is another question than who made the machine. */
static bool is_interface(const struct claim *c)
{
	char kind[32];
	text_of(c, "kind", kind, sizeof kind);
	return strcmp(kind, "network interface") == 0;
}

/* They answer the same question. */
static bool competes(const struct claim *a, const struct claim *b)
{
	char role[32];
	if (strcmp(a->kind, b->kind) != 0 || strcmp(a->value, b->value) == 0)
		return false;
	switch (claim_group(a)) {
	case GROUP_SOFTWARE:
		text_of(a, "role", role, sizeof role);
		if (!same_text(a, b, "role"))
			return false;
		if (strcmp(role, "operatingSystem") == 0)
			return !may_both_run(a, b);
		return same_port(a, b) && (strcmp(role, "server") == 0 || same_text(a, b, "softwareTitle"));
	case GROUP_SERVICE:
		return same_port(a, b);
	case GROUP_HARDWARE:
		return is_interface(a) == is_interface(b);
	case GROUP_SYSTEMS:
		return true;
	case GROUP_DESIGNATION:
		return strcmp(a->kind, "hostName") == 0 || strcmp(a->kind, "windowsDomain") == 0;
	default:
		return false;
	}
}

static bool stands(const struct inventory_endpoint *e, const struct claim *c)
{
	for (uint32_t i = 0; i < e->n_claims; i++)
		if (strcmp(e->claims[i].kind, c->kind) == 0 && strcmp(e->claims[i].value, c->value) == 0)
			return true;
	return false;
}

static const char *why(const struct inventory_endpoint *e, const struct claim *c, const struct claim *other)
{
	if (other->confidence <= CONFIDENCE_WITHDRAWN)
		return "was withdrawn: its address turned out to be another's, or other signatures read it otherwise";
	if (!stands(e, other))
		return "says the same and less, so it stands no longer by itself";
	if (other->end_ns < c->start_ns)
		return "held before";
	if (other->start_ns > c->end_ns)
		return "holds since";
	if (other->confidence < c->confidence)
		return "is less sure";
	return other->confidence > c->confidence ? "is surer" : "is as sure, and both stand";
}

static bool listed(const struct explanation *x, const struct claim *c)
{
	for (uint32_t i = 0; i < x->n_rivals; i++)
		if (strcmp(x->rivals[i].claim->value, c->value) == 0)
			return true;
	return false;
}

static void add(struct explanation *x, const struct claim *c, const char *reason)
{
	if (listed(x, c))
		return;
	if (x->n_rivals == EXPLAIN_RIVALS)
		x->more++;
	else
		x->rivals[x->n_rivals++] = (struct rival){c, reason};
}

/* Another is at work with the address: it was told as an event. */
static void add_conflicts(struct explanation *x, const struct inventory_endpoint *e, const struct claim *c)
{
	char kind[32];
	bool address = is_address(c);
	for (uint32_t i = 0; address && c->confidence <= 50 && i < e->n_claims; i++)
		if (claim_group(&e->claims[i]) == GROUP_EVENT && claim_text(&e->claims[i], "kind", kind, sizeof kind) &&
		    strcmp(kind, "conflict") == 0)
			add(x, &e->claims[i], "another MAC is at work with the address");
}

/* The time and place of the first packet that shows a claim, as its evidence has them; empty when there is none. */
static size_t first_packet(const struct claim *c, const char **text)
{
	const char *at = c->evidence ? strstr(c->evidence, "\"time\":") : NULL;
	*text = at;
	return at ? strcspn(at, "}") : 0;
}

static bool in_packet_of(const struct claim *c, const struct claim *other)
{
	const char *packet;
	size_t n = first_packet(c, &packet);
	return n && other->evidence && memmem(other->evidence, strlen(other->evidence), packet, n);
}

/* A proxy stands in the answer that names a server: it may be one behind the proxy. */
static void add_proxy(struct explanation *x, const struct claim *c)
{
	if (!c->method || strcmp(c->method, field_table[FIELD_HTTP_PASSED_SERVER].name) != 0)
		return;
	x->rule = "a server's word in an answer that a proxy has passed on (Via): its own, or of one behind it";
	x->change = "an answer without Via";
}

/* A browser is named in a header that is not written as it writes: how it is written, and who is known to write so. */
static void add_writer(struct explanation *x, const struct inventory_endpoint *e, const struct claim *c)
{
	char kind[32];
	if (!c->method || strcmp(c->method, field_table[FIELD_HTTP_DOUBTFUL_AGENT].name) != 0)
		return;
	x->rule = "its own word, in a header that the browser it names does not write so";
	x->change = "a request that is written as this browser writes";
	for (uint32_t i = 0; i < e->n_all; i++) {
		const struct claim *o = &e->all[i];
		if (!in_packet_of(c, o))
			continue;
		text_of(o, "kind", kind, sizeof kind);
		if (strcmp(kind, "httpHeaders") == 0)
			add(x, o, "is how the request was written");
		else if (o->method && strcmp(o->method, field_table[FIELD_HTTP_UNNAMED_HEADERS].name) == 0)
			add(x, o, "is known to write so");
	}
}

/* A name that was only used has the evidence of what used it: the claim in which its text stands, or else the first. */
static const char *borrowed_evidence(const struct inventory_endpoint *e, const struct claim *c)
{
	const char *any = NULL;
	for (uint32_t i = 0; i < e->n_all; i++) {
		const struct claim *other = &e->all[i];
		if (!other->evidence)
			continue;
		if (!any)
			any = other->evidence;
		if (strcmp(other->kind, "networkInterface") == 0 && strstr(other->value, c->value))
			return other->evidence;
	}
	return any;
}

void explain_claim(const struct inventory_endpoint *e, const struct claim *c, struct explanation *out)
{
	const struct row *row = row_of(e, c);
	*out = (struct explanation){.rule = row->rule, .change = row->change, .evidence = c->evidence};
	if (!out->evidence)
		out->evidence = borrowed_evidence(e, c);
	for (uint32_t i = 0; i < e->n_all; i++)
		if (competes(c, &e->all[i]))
			add(out, &e->all[i], why(e, c, &e->all[i]));
	add_conflicts(out, e, c);
	add_writer(out, e, c);
	add_proxy(out, c);
}

const char *explain_unique(const struct inventory_endpoint *e)
{
	bool made_up = false, given = false;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		char text[MAC_TEXT_BYTES];
		uint8_t mac[6];
		if (strcmp(e->claims[i].kind, "macAddress") != 0 ||
		    !claim_text(&e->claims[i], NULL, text, sizeof text) || !mac_parse(text, mac))
			continue;
		made_up |= mac[0] & 2;
		given |= !(mac[0] & 2);
	}
	if (e->unique)
		return "it sends on its own link from a MAC that its maker gave it, and nobody else has";
	if (given)
		return "its MAC is shared by design, or does not stand for it";
	return made_up ? "its MAC was made up locally, and another machine may make up the same"
		       : "no MAC here is its own, and its address may be lent to others";
}

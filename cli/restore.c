#include "cli/restore.h"

#include "domain/claim_text.h"

#include <stdlib.h>
#include <string.h>

struct list {
	struct known_endpoint *items;
	size_t n, room;
	bool failed;
};

static void add(struct list *l, const struct holder *founder, const uint8_t id[16])
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 256;
		struct known_endpoint *items = realloc(l->items, room * sizeof *items);
		if (!items) {
			l->failed = true;
			return;
		}
		l->items = items;
		l->room = room;
	}
	l->items[l->n].founder = *founder;
	memcpy(l->items[l->n++].id, id, 16);
}

#define OVERLAY 0x80000000u /* as decoding marks an overlay's network among segments */

static uint32_t segment_of(const struct stored_endpoint *e)
{
	char text[16];
	for (uint32_t i = 0; i < e->n_claims; i++)
		if (!strcmp(e->claims[i].kind, "vlanId") && claim_text(&e->claims[i], NULL, text, sizeof text))
			return (uint32_t)strtoul(text, NULL, 10) & 0xfff;
		else if (!strcmp(e->claims[i].kind, "layer2SegmentId") &&
			 claim_text(&e->claims[i], NULL, text, sizeof text))
			return OVERLAY | (uint32_t)strtoul(text, NULL, 10);
	return 0;
}

/* Adds a founder for every designation of one kind. Returns how many there were. */
static unsigned add_macs(struct list *l, const struct stored_endpoint *e, uint32_t segment)
{
	unsigned n = 0;
	char text[ADDRESS_TEXT_BYTES];
	for (uint32_t i = 0; i < e->n_claims; i++) {
		struct holder h = {.segment = segment};
		if (strcmp(e->claims[i].kind, "macAddress") || !claim_text(&e->claims[i], NULL, text, sizeof text) ||
		    !mac_parse(text, h.mac))
			continue;
		add(l, &h, e->id);
		n++;
	}
	return n;
}

static void add_addresses(struct list *l, const struct stored_endpoint *e, uint32_t segment)
{
	char text[ADDRESS_TEXT_BYTES];
	for (uint32_t i = 0; i < e->n_claims; i++) {
		struct holder h = {.segment = segment};
		const char *kind = e->claims[i].kind;
		if ((strcmp(kind, "ipv4Address") && strcmp(kind, "ipv6Address")) ||
		    !claim_text(&e->claims[i], NULL, text, sizeof text) || !(h.version = address_parse(text, &h.ip)))
			continue;
		add(l, &h, e->id);
	}
}

static bool take(void *arg, const struct stored_endpoint *e)
{
	struct list *l = arg;
	uint32_t segment = segment_of(e);
	if (!e->merged && !add_macs(l, e, segment))
		add_addresses(l, e, segment);
	return !l->failed;
}

int restore_endpoints(struct repository *r, struct known_endpoint **out, size_t *n, struct error *error)
{
	struct list l = {0};
	int code = repository_endpoints(r, NULL, take, &l, error);
	if (code == 0 && l.failed)
		code = error_set(error, ERROR_FAILED, "no memory for the endpoints the repository knows");
	if (code < 0) {
		free(l.items);
		return code;
	}
	*out = l.items;
	*n = l.n;
	return 0;
}

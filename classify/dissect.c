#include "classify/dissect.h"

#include <string.h>

const struct dissector dissector_any = {.name = "any"};

const struct dissector *dissector_by_name(const char *name)
{
	for (const struct dissector *const *d = dissector_table; *d; d++)
		if (!strcmp((*d)->name, name))
			return *d;
	return NULL;
}

static void hand_over(struct dissection *x, struct finding *f, const void *value, size_t len)
{
	if (!len && f->field != FIELD_SERVICE)
		return;
	f->value = value;
	f->len = (uint32_t)len;
	f->packet = x->packet;
	f->flow = x->flow;
	x->finder->found(x->finder->context, f);
}

void dissection_yield(struct dissection *x, enum field field, enum subject subject, const void *value, size_t len)
{
	struct finding f = {.field = field, .subject = subject};
	bool of_server = subject == (dissection_from_server(x) ? SUBJECT_SENDER : SUBJECT_RECEIVER);
	if (x->passed_on && of_server)
		return;
	hand_over(x, &f, value, len);
}

void dissection_yield_address(struct dissection *x, enum field field, uint8_t version, const struct address *address,
			      const void *value, size_t len)
{
	struct finding f = {.field = field, .subject = SUBJECT_ADDRESS, .version = version, .address = *address};
	hand_over(x, &f, value, len);
}

void dissection_yield_mac(struct dissection *x, enum field field, const uint8_t mac[6], uint8_t version,
			  const struct address *address, const void *value, size_t len)
{
	struct finding f = {.field = field, .subject = SUBJECT_HARDWARE, .version = address ? version : 0};
	if (address)
		f.address = *address;
	memcpy(f.mac, mac, 6);
	hand_over(x, &f, value, len);
}

void dissection_yield_speaker(struct dissection *x, enum field field, uint8_t version, const struct address *address,
			      const void *value, size_t len)
{
	bool has_mac = x->packet->flags & PACKET_HAS_MAC;
	if (has_mac)
		dissection_yield_mac(x, field, x->packet->src_mac, 0, NULL, value, len);
	if (has_mac && version)
		dissection_yield_mac(x, field, x->packet->src_mac, version, address, value, len);
	else if (version)
		dissection_yield_address(x, field, version, address, value, len);
}

void dissection_bind(struct dissection *x, const struct bound *bound)
{
	struct bound b = *bound;
	b.packet = x->packet;
	x->finder->bound(x->finder->context, &b);
}

void dissection_service_at(struct dissection *x, uint16_t port)
{
	const char *name = x->dissector->application;
	struct finding f = {.field = FIELD_SERVICE, .subject = SUBJECT_SENDER, .port = port};
	hand_over(x, &f, name, strlen(name));
}

void dissection_service(struct dissection *x)
{
	if (x->service_said || x->unsure)
		return;
	x->service_said = true;
	const char *name = x->application ? x->application : x->dissector->application;
	dissection_yield(x, FIELD_SERVICE, dissection_from_server(x) ? SUBJECT_SENDER : SUBJECT_RECEIVER, name,
			 strlen(name));
}

#include "tests/classify/datagram_fixture.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char *line(struct fixture *f)
{
	if (f->count == FIXTURE_LINES)
		f->count--;
	return f->lines[f->count++];
}

static void append_value(char *out, size_t size, const uint8_t *value, size_t len)
{
	size_t at = strlen(out);
	for (size_t i = 0; i < len; i++) {
		if (at + 5 >= size) {
			/* still read, for the sanitizer's sake */
			volatile uint8_t touched = value[i];
			(void)touched;
		} else if (value[i] != '\\' && isprint(value[i])) {
			out[at++] = (char)value[i];
		} else {
			at += (size_t)snprintf(out + at, 5, "\\x%02x", value[i]);
		}
	}
	out[at] = 0;
}

static void found(void *context, const struct finding *finding)
{
	struct fixture *f = context;
	char subject[80] = "sender", address[ADDRESS_TEXT_BYTES] = "";
	if (finding->version)
		address_text(&finding->address, finding->version, address);
	if (finding->subject == SUBJECT_RECEIVER)
		strcpy(subject, "receiver");
	else if (finding->subject == SUBJECT_ADDRESS)
		strcpy(subject, address);
	else if (finding->subject == SUBJECT_HARDWARE) {
		mac_text(finding->mac, subject);
		if (*address)
			strcat(strcat(subject, "/"), address);
	}
	char *out = line(f);
	snprintf(out, sizeof f->lines[0], "%s %s ", field_table[finding->field].name, subject);
	append_value(out, sizeof f->lines[0], finding->value, finding->len);
}

static void bound(void *context, const struct bound *b)
{
	static const char *const kinds[BINDINGS] = {"traffic", "wanted", "ndp", "answer", "arp", "dhcp", "router"};
	struct fixture *f = context;
	char mac[MAC_TEXT_BYTES], address[ADDRESS_TEXT_BYTES], lease[24] = "";
	mac_text(b->mac, mac);
	address_text(&b->address, b->version, address);
	if (b->lease_s)
		snprintf(lease, sizeof lease, " lease=%u", b->lease_s);
	snprintf(line(f), sizeof f->lines[0], "bound %s %s %s%s%s", kinds[b->binding], mac, address, lease,
		 b->spoken_of ? " spoken" : "");
}

static void set_addresses(struct fixture *f, enum flow_direction direction)
{
	static const uint8_t v4[2][4] = {{192, 0, 2, 10}, {192, 0, 2, 53}};
	struct packet *p = &f->packet;
	struct address ends[2] = {{.words = {0, 0}}, {.words = {0, 0}}};
	uint8_t macs[2][6] = {{2, 0, 0, 0, 0, 0x10}, {2, 0, 0, 0, 0, 0x53}};
	for (unsigned i = 0; i < 2; i++) {
		if (f->flow.version == 4) {
			memcpy(ends[i].bytes, v4[i], 4);
		} else {
			ends[i].bytes[0] = 0xfe;
			ends[i].bytes[1] = 0x80;
			ends[i].bytes[15] = i ? 0x53 : 0x10;
		}
	}
	f->flow.src = ends[0];
	f->flow.dst = ends[1];
	p->src = ends[direction];
	p->dst = ends[!direction];
	p->sport = direction ? f->flow.dport : f->flow.sport;
	p->dport = direction ? f->flow.sport : f->flow.dport;
	memcpy(p->src_mac, macs[direction], 6);
	memcpy(p->dst_mac, macs[!direction], 6);
}

void fixture_init(struct fixture *f, const struct dissector *dissector, uint8_t version, uint16_t port)
{
	memset(f, 0, sizeof *f);
	f->dissector = dissector;
	f->finder = (struct finder){found, bound, f};
	f->flow.version = version;
	f->flow.sport = 40000;
	f->flow.dport = port;
	f->packet.frame = &f->frame;
	f->packet.version = version;
	f->packet.ttl = 255;
	f->packet.flags = PACKET_HAS_MAC | PACKET_HAS_PORTS;
	f->x = (struct dissection){.finder = &f->finder,
				   .packet = &f->packet,
				   .flow = &f->flow,
				   .server = FLOW_REVERSE,
				   .state = f->state,
				   .dissector = dissector};
	set_addresses(f, FLOW_FORWARD);
}

/* Just as many octets, so that one too far is seen. */
static uint8_t *copy(const void *data, size_t len)
{
	uint8_t *p = malloc(len ? len : 1);
	if (!p)
		abort();
	if (len)
		memcpy(p, data, len);
	return p;
}

enum probe fixture_probe(struct fixture *f, enum transport transport, enum flow_direction direction, const void *data,
			 size_t len)
{
	uint8_t *p = copy(data, len);
	struct probe_input in = {.sport = f->flow.sport, .dport = f->flow.dport, .transport = (uint8_t)transport};
	in.first[direction] = cursor_init(p, len);
	in.first[!direction] = cursor_init(NULL, 0);
	enum probe answer = f->dissector->probe(&in);
	free(p);
	return answer;
}

bool fixture_probe_waits(struct fixture *f, enum flow_direction direction, const void *data, size_t len)
{
	enum probe answer = PROBE_MAYBE;
	for (size_t n = 1; n <= len && answer == PROBE_MAYBE; n++)
		answer = fixture_probe(f, TRANSPORT_TCP, direction, data, n);
	return answer == PROBE_YES;
}

void fixture_datagram(struct fixture *f, enum flow_direction direction, const void *data, size_t len)
{
	uint8_t *p = copy(data, len);
	struct cursor c = cursor_init(p, len);
	f->x.direction = direction;
	set_addresses(f, direction);
	f->packet.payload = p;
	f->packet.payload_len = f->packet.payload_wire = (uint32_t)len;
	f->dissector->datagram(&f->x, &c);
	free(p);
}

static void stream_once(struct fixture *f, enum flow_direction d)
{
	size_t len = f->pending_len[d];
	uint8_t *p = copy(f->pending[d], len);
	struct cursor c = cursor_init(p, len);
	f->x.direction = d;
	set_addresses(f, d);
	f->dissector->stream(&f->x, &c);
	size_t used = len - cursor_left(&c);
	memmove(f->pending[d], f->pending[d] + used, len - used);
	f->pending_len[d] = len - used;
	free(p);
}

void fixture_stream(struct fixture *f, enum flow_direction direction, const void *data, size_t len)
{
	const uint8_t *p = data;
	while (len && !f->x.done[direction] && !f->x.failed) {
		uint64_t skip = f->x.skip[direction];
		if (skip) {
			size_t n = skip < len ? (size_t)skip : len;
			f->x.skip[direction] -= n;
			p += n;
			len -= n;
			continue;
		}
		size_t room = INSPECT_PENDING_BYTES - f->pending_len[direction], n = len < room ? len : room;
		if (!n) {
			f->x.done[direction] = true;
			return;
		}
		memcpy(f->pending[direction] + f->pending_len[direction], p, n);
		f->pending_len[direction] += n;
		p += n;
		len -= n;
		stream_once(f, direction);
	}
}

bool fixture_frame(struct fixture *f, const struct link_dissector *link, const void *data, size_t len)
{
	uint8_t *p = copy(data, len);
	struct cursor c = cursor_init(p, len);
	f->packet.l3 = p;
	f->packet.l3_len = (uint32_t)len;
	f->packet.payload = p;
	f->packet.payload_len = f->packet.payload_wire = (uint32_t)len;
	f->x.flow = NULL;
	f->x.dissector = NULL;
	bool matched = link->match(&f->packet);
	if (matched)
		link->frame(&f->x, &c);
	free(p);
	return matched;
}

void fixture_clear(struct fixture *f)
{
	f->count = 0;
}

bool fixture_has(const struct fixture *f, const char *text)
{
	for (unsigned i = 0; i < f->count; i++)
		if (!strcmp(f->lines[i], text))
			return true;
	return false;
}

bool fixture_said(const struct fixture *f, ...)
{
	va_list args;
	va_start(args, f);
	unsigned i = 0;
	bool same = true;
	for (const char *want; (want = va_arg(args, const char *)); i++)
		same = same && i < f->count && !strcmp(f->lines[i], want);
	va_end(args);
	same = same && i == f->count;
	for (i = 0; !same && i < f->count; i++)
		fprintf(stderr, "found: %s\n", f->lines[i]);
	return same;
}

unsigned fixture_cut_datagrams(struct fixture *f, enum flow_direction direction, const void *data, size_t len)
{
	unsigned most = 0;
	for (size_t cut = 0; cut < len; cut++) {
		fixture_clear(f);
		f->x.service_said = false;
		fixture_datagram(f, direction, data, cut);
		most = f->count > most ? f->count : most;
	}
	fixture_clear(f);
	f->x.service_said = false;
	return most;
}

unsigned fixture_cut_frames(struct fixture *f, const struct link_dissector *link, const void *data, size_t len)
{
	unsigned most = 0;
	for (size_t cut = 0; cut < len; cut++) {
		fixture_clear(f);
		fixture_frame(f, link, data, cut);
		most = f->count > most ? f->count : most;
	}
	fixture_clear(f);
	return most;
}

void fixture_drip(struct fixture *f, enum flow_direction direction, const void *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fixture_stream(f, direction, (const uint8_t *)data + i, 1);
}

void put(struct message *m, const void *data, size_t len)
{
	if (len > sizeof m->data - m->len)
		abort();
	if (len)
		memcpy(m->data + m->len, data, len);
	m->len += len;
}

void put_text(struct message *m, const char *text)
{
	put(m, text, strlen(text));
}

void put_u8(struct message *m, unsigned value)
{
	put(m, &(uint8_t){(uint8_t)value}, 1);
}

void put_u16(struct message *m, unsigned value)
{
	put_u8(m, value >> 8);
	put_u8(m, value);
}

void put_u32(struct message *m, uint32_t value)
{
	put_u16(m, value >> 16);
	put_u16(m, value & 0xffff);
}

void put_le16(struct message *m, unsigned value)
{
	put_u8(m, value);
	put_u8(m, value >> 8);
}

void put_le32(struct message *m, uint32_t value)
{
	put_le16(m, value & 0xffff);
	put_le16(m, value >> 16);
}

void put_zero(struct message *m, size_t len)
{
	while (len--)
		put_u8(m, 0);
}

void put_hex(struct message *m, const char *hex)
{
	unsigned value;
	for (; *hex; hex += *hex == ' ' ? 1 : 2)
		if (*hex != ' ' && sscanf(hex, "%2x", &value) == 1)
			put_u8(m, value);
}

void put_name(struct message *m, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");
		put_u8(m, (unsigned)n);
		put(m, name, n);
		name += n + (name[n] == '.');
	}
	put_u8(m, 0);
}

void put_utf16(struct message *m, const char *text)
{
	for (; *text; text++)
		put_le16(m, (uint8_t)*text);
}

#include "classify/dissect/dns_message.h"

#include "classify/dissect/wire.h"

/* A name has at most 127 labels; more pointers than that cannot be meant. */
#define NAME_POINTERS 32

bool dns_open(struct dns_reader *r, struct cursor message)
{
	*r = (struct dns_reader){.message = message, .c = message};
	r->id = cursor_u16(&r->c);
	r->flags = cursor_u16(&r->c);
	for (unsigned s = 0; s < DNS_SECTIONS; s++)
		r->left[s] = cursor_u16(&r->c);
	return cursor_ok(&r->c);
}

static bool add_label(struct dns_name *name, const uint8_t *label, size_t len)
{
	size_t dot = name->len ? 1 : 0;
	if (name->len + dot + len > sizeof name->text - 1)
		return false;
	if (dot)
		name->text[name->len++] = '.';
	else
		name->first = (uint8_t)len;
	for (size_t i = 0; i < len; i++) /* labels are short */
		name->text[name->len + i] = label[i];
	name->len = (uint8_t)(name->len + len);
	return true;
}

/* Moves `at` to where a pointer leads: always before the place where this run of labels began. */
static bool follow(const struct dns_reader *r, struct cursor *at, const uint8_t **begin, uint8_t high)
{
	size_t target = (size_t)(high & 0x3f) << 8 | cursor_u8(at);
	if (!cursor_ok(at) || target >= (size_t)(*begin - r->message.at))
		return false;
	*begin = r->message.at + target;
	*at = (struct cursor){*begin, r->message.end, false};
	return true;
}

/* Reads on from where a pointer led, until the root; false for a name that never gets there or is too long. */
static bool read_behind(const struct dns_reader *r, struct cursor *at, const uint8_t *begin, struct dns_name *name)
{
	for (unsigned pointers = 0; pointers < NAME_POINTERS;) {
		uint8_t len = cursor_u8(at);
		if (!cursor_ok(at) || (len & 0xc0) == 0x40 || (len & 0xc0) == 0x80)
			return false;
		if (!len)
			return true;
		if (len >= 0xc0) {
			if (!follow(r, at, &begin, len))
				return false;
			pointers++;
			continue;
		}
		const uint8_t *label = cursor_bytes(at, len);
		if (!label || !add_label(name, label, len))
			return false;
	}
	return false;
}

/* Steps over the name where it stands: up to the root label or the first pointer. */
static void step_over(struct cursor *c)
{
	while (cursor_ok(c)) {
		uint8_t len = cursor_u8(c);
		if (len >= 0xc0) {
			cursor_skip(c, 1);
			return;
		}
		if (len & 0xc0)
			cursor_fail(c);
		if (!len)
			return;
		cursor_skip(c, len);
	}
}

bool dns_name_read(const struct dns_reader *r, struct cursor *c, struct dns_name *name)
{
	struct cursor at = *c;
	const uint8_t *begin = c->at;
	name->len = name->first = 0;
	bool good = read_behind(r, &at, begin, name);
	step_over(c);
	if (!good || !cursor_ok(c))
		name->len = name->first = 0;
	return good && cursor_ok(c);
}

static bool enter_section(struct dns_reader *r)
{
	while (!r->left[r->section]) {
		if (r->section == DNS_ADDITIONAL)
			return false;
		r->section++;
	}
	r->left[r->section]--;
	return true;
}

bool dns_next(struct dns_reader *r, struct dns_record *record)
{
	if (!cursor_ok(&r->c) || r->records >= DNS_MESSAGE_RECORDS || !enter_section(r))
		return false;
	r->records++;
	record->section = r->section;
	/* a name that is broken behind a pointer leaves the record without an owner, but in its place */
	dns_name_read(r, &r->c, &record->owner);
	record->type = cursor_u16(&r->c);
	record->class = cursor_u16(&r->c);
	record->ttl = 0;
	record->data = cursor_init(NULL, 0);
	if (r->section != DNS_QUESTION) {
		record->ttl = cursor_u32(&r->c);
		record->data = cursor_sub(&r->c, cursor_u16(&r->c));
	}
	return cursor_ok(&r->c);
}

bool dns_complete(const struct dns_reader *r)
{
	return cursor_ok(&r->c) && !cursor_left(&r->c) && !r->left[0] && !r->left[1] && !r->left[2] && !r->left[3];
}

uint8_t dns_record_address(const struct dns_record *record, struct address *address)
{
	uint8_t version = record->type == DNS_A ? 4 : record->type == DNS_AAAA ? 6 : 0;
	struct cursor c = record->data;
	if (!version || cursor_left(&c) != (version == 4 ? 4 : 16))
		return 0;
	*address = wire_address(&c, version);
	return wire_address_usable(address, version) ? version : 0;
}

static bool reverse_v4(const struct dns_name *name, struct address *address)
{
	size_t at = 0;
	for (unsigned i = 4; i--;) {
		unsigned value = 0, digits = 0;
		while (at < name->len && name->text[at] >= '0' && name->text[at] <= '9' && digits < 3) {
			value = value * 10 + (name->text[at++] - '0');
			digits++;
		}
		if (!digits || value > 255 || at >= name->len || name->text[at++] != '.')
			return false;
		address->bytes[i] = (uint8_t)value;
	}
	return name->len - at == strlen("in-addr.arpa");
}

static int nibble(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static bool reverse_v6(const struct dns_name *name, struct address *address)
{
	if (name->len != 64 + strlen("ip6.arpa"))
		return false;
	for (unsigned i = 0; i < 32; i++) {
		int n = nibble(name->text[2 * i]);
		if (n < 0 || name->text[2 * i + 1] != '.')
			return false;
		address->bytes[15 - i / 2] |= (uint8_t)(i & 1 ? n << 4 : n);
	}
	return true;
}

uint8_t dns_reverse_address(const struct dns_name *name, struct address *address)
{
	uint8_t version = 0;
	*address = (struct address){.words = {0, 0}};
	if (dns_name_under(name, "in-addr.arpa") && reverse_v4(name, address))
		version = 4;
	else if (dns_name_under(name, "ip6.arpa") && reverse_v6(name, address))
		version = 6;
	return version && wire_address_usable(address, version) ? version : 0;
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
	return wire_equal(a->text, a->len, b->text, b->len);
}

bool dns_name_is(const struct dns_name *name, const char *text)
{
	return wire_equal(name->text, name->len, text, strlen(text));
}

bool dns_name_under(const struct dns_name *name, const char *suffix)
{
	size_t len = strlen(suffix);
	if (name->len <= len)
		return name->len == len && dns_name_is(name, suffix);
	return name->text[name->len - len - 1] == '.' && wire_equal(name->text + name->len - len, len, suffix, len);
}

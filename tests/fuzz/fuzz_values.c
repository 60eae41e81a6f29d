/* Texts that people type: times, addresses, prefixes, MACs, UUIDs. What is read can be written and read again. */
#include "core/address.h"
#include "core/time.h"
#include "domain/repository.h"
#include "tests/fuzz/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void address(const char *text)
{
	struct address a, again;
	struct prefix p;
	char written[ADDRESS_TEXT_BYTES];
	uint8_t version = address_parse(text, &a);
	if (version) {
		address_text(&a, version, written);
		if (address_parse(written, &again) != version || !address_equal(&a, &again))
			abort();
	}
	if (prefix_parse(text, &p) && !prefix_holds(&p, &p.address, p.version))
		abort();
}

static void hardware(const char *text)
{
	uint8_t mac[6], again[6], id[16];
	char written[MAC_TEXT_BYTES], uuid[37];
	if (mac_parse(text, mac)) {
		mac_text(mac, written);
		if (!mac_parse(written, again) || memcmp(mac, again, 6))
			abort();
	}
	if (uuid_parse(text, id)) {
		uuid_text(id, uuid);
		if (strcasecmp(uuid, text))
			abort();
	}
}

static void point_in_time(const char *text)
{
	uint64_t t, again;
	char written[TIME_TEXT_BYTES];
	if (time_parse(text, &t))
		return;
	time_text(t, written);
	if (time_parse(written, &again) || t - again >= 1000)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line[1];
	char *text = lines_of(data, size, line, 1);
	address(text);
	hardware(text);
	point_in_time(text);
	free(text);
	return 0;
}

#include "classify/dissect/description.h"

#include "classify/dissect/device.h"
#include "classify/dissect/text.h"
#include "classify/dissect/xml.h"

#define ROOT_BYTES   512 /* the first element begins within these, or this is no description */
#define MOST_TAGS    512
#define VALUE_BYTES  128
#define DOMAIN_BYTES 64

enum part { MANUFACTURER, MODEL, NUMBER, SERIAL, FRIENDLY, UDN, TYPE, COMPUTER, PARTS };

struct description {
	struct cursor part[PARTS];
	bool upnp, dpws;   /* by its root element */
	bool device, done; /* inside of what describes the device; behind the end of it */
};

const char *description_kind(struct cursor type)
{
	static const struct {
		const char *word, *kind;
	} kinds[] = {
		{"InternetGatewayDevice", "router"},
		{"WLANAccessPoint", "access point"},
		{"PrintDevice", "printer"},
		{"Printer:", "printer"},
		{"PrinterBasic", "printer"},
		{"ScanDevice", "scanner"},
		{"Scanner:", "scanner"},
		{"NetworkVideoTransmitter", "camera"},
		{"DigitalSecurityCamera", "camera"},
		{"ZonePlayer", "speaker"},
		{"MediaRenderer", "media player"},
		{"MediaServer", "media server"},
		{":tvdevice", "television"},
		{"pub:Computer", "computer"},
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (text_has(type, kinds[i].word))
			return kinds[i].kind;
	return NULL;
}

static void keep(struct description *d, const struct xml_element *e)
{
	static const struct {
		const char *name;
		enum part part;
	} names[] = {
		{"manufacturer", MANUFACTURER}, {"modelName", MODEL}, {"modelNumber", NUMBER}, {"serialNumber", SERIAL},
		{"friendlyName", FRIENDLY},     {"UDN", UDN},         {"deviceType", TYPE},    {"Types", TYPE},
		{"Computer", COMPUTER},
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct cursor *part = &d->part[names[i].part];
		if (!cursor_left(part) && xml_is(e, names[i].name))
			*part = text_trim(e->text);
	}
}

static bool is_root(struct description *d, const struct xml_element *e)
{
	d->upnp = xml_is(e, "root");
	d->dpws = xml_is(e, "Envelope");
	return d->upnp || d->dpws;
}

/* Of UPnP the first device is told of, up to what is embedded in it; of DPWS all of the answer. */
static void walk(struct description *d, const struct xml_element *e)
{
	bool device = xml_is(e, "device");
	if (d->upnp && d->device)
		d->done = e->end ? device : xml_is(e, "serviceList") || xml_is(e, "deviceList");
	d->done |= e->end && (xml_is(e, "root") || xml_is(e, "Envelope"));
	d->device |= d->upnp ? device : xml_is(e, "ThisModel") || xml_is(e, "ThisDevice") || xml_is(e, "Relationship");
	if (d->device && !d->done && !e->end)
		keep(d, e);
}

static struct cursor plain(struct wire_text *t, struct cursor text)
{
	t->len = 0;
	xml_text(t, text, VALUE_BYTES);
	return cursor_init(t->data, t->len);
}

/* "HOST/Workgroup:GROUP", "HOST/Domain:DOMAIN", "HOST/NotJoined". */
static void tell_computer(struct dissection *x, struct cursor text)
{
	struct cursor host;
	if (!text_before(&text, '/', &host))
		return;
	text_yield(x, FIELD_WSD_COMPUTER, SUBJECT_SENDER, host, DOMAIN_BYTES);
	if (text_take(&text, "Workgroup:") || text_take(&text, "Domain:"))
		text_yield(x, FIELD_WSD_DOMAIN, SUBJECT_SENDER, text, DOMAIN_BYTES);
}

static void tell(struct dissection *x, const struct description *d)
{
	struct wire_text texts[PARTS];
	struct cursor p[PARTS];
	for (unsigned i = 0; i < PARTS; i++)
		p[i] = plain(&texts[i], d->part[i]);
	device_yield(x, d->upnp ? FIELD_UPNP_DEVICE : FIELD_WSD_DEVICE,
		     &(struct device){.manufacturer = p[MANUFACTURER],
				      .model = p[MODEL],
				      .number = p[NUMBER],
				      .serial = p[SERIAL],
				      .kind = description_kind(d->part[TYPE])});
	text_yield(x, d->upnp ? FIELD_UPNP_FRIENDLY_NAME : FIELD_WSD_NAME, SUBJECT_SENDER, p[FRIENDLY], VALUE_BYTES);
	text_yield(x, FIELD_UPNP_UDN, SUBJECT_SENDER, p[UDN], VALUE_BYTES);
	tell_computer(x, p[COMPUTER]);
}

bool description_read(struct dissection *x, struct cursor xml, bool whole)
{
	struct description d = {.upnp = false};
	struct xml_element e;
	size_t given = cursor_left(&xml);
	if (!xml_next(&xml, &e))
		return whole || given >= ROOT_BYTES;
	if (!is_root(&d, &e))
		return true;
	for (unsigned i = 0; i < MOST_TAGS && !d.done && xml_next(&xml, &e); i++)
		walk(&d, &e);
	if (!d.done && !whole)
		return false;
	tell(x, &d);
	return true;
}

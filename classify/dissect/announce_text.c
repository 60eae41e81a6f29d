/* Announcements made of text: Dropbox, TiVo, KDE Connect, Plex, Tuya, Hikvision, Dahua, AMX, PlayStation. */
#include "classify/dissect/announce.h"

#include "classify/dissect/device.h"
#include "classify/dissect/text.h"
#include "classify/dissect/xml.h"

#define MOST_LINES    24
#define MOST_ELEMENTS 64

static bool object_with(struct cursor c, const char *member)
{
	return cursor_peek(&c, 0) == '{' && text_has(c, member);
}

/* A member of JSON as a label. */
static void json_label(struct wire_text *t, const char *label, struct cursor json, const char *key)
{
	struct cursor value;
	if (text_json(json, key, &value))
		wire_label(t, label, value);
}

static void json_name(struct dissection *x, struct cursor json, const char *key)
{
	struct cursor value;
	if (text_json(json, key, &value))
		announce_name(x, value);
}

/* What lies on the same network is exchanged there: {"host_int": 1284…, "version": [2, 0], "displayname": "", …} */
static bool is_dropbox(struct cursor c)
{
	return object_with(c, "\"host_int\"");
}

static void dropbox(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	wire_label(&t, "product", wire_literal("Dropbox"));
	wire_label(&t, "vendor", wire_literal("Dropbox"));
	wire_yield(x, FIELD_ANNOUNCE_PROGRAM, &t);
	json_name(x, c, "displayname");
}

/* TiVoConnect Automatic Machine Discovery, protocol 1: lines "name=value". */
static bool is_tivo(struct cursor c)
{
	return text_starts(c, "tivoconnect=");
}

struct tivo {
	struct cursor platform, identity, machine, version;
};

static void tivo_line(struct tivo *t, struct cursor line)
{
	struct cursor key;
	if (!text_before(&line, '=', &key))
		return;
	line = text_trim(line);
	if (text_is(key, "platform"))
		t->platform = line;
	else if (text_is(key, "identity"))
		t->identity = line;
	else if (text_is(key, "machine"))
		t->machine = line;
	else if (text_is(key, "swversion"))
		t->version = line;
}

/* "tcd/Series3" is a recorder; "pc/minidlna" a program, whose version is not what stands there. */
static void tivo(struct dissection *x, struct cursor c)
{
	struct tivo tivo = {.platform = {NULL, NULL, false}};
	struct wire_text t = {.len = 0};
	struct cursor line;
	for (unsigned i = 0; i < MOST_LINES && cursor_line(&c, &line); i++)
		tivo_line(&tivo, line);
	if (text_take(&tivo.platform, "tcd/")) {
		wire_label(&t, "vendor", wire_literal("TiVo"));
		wire_label(&t, "model", tivo.platform);
		wire_label(&t, "serial", tivo.identity);
		wire_label(&t, "firmware", tivo.version);
		wire_label(&t, "kind", wire_literal("video recorder"));
		wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
	} else if (text_take(&tivo.platform, "pc/") && !text_starts(tivo.platform, "win")) {
		wire_label(&t, "product", tivo.platform);
		wire_yield(x, FIELD_ANNOUNCE_PROGRAM, &t);
	}
	announce_name(x, tivo.machine);
}

/* {"id":…,"type":"kdeconnect.identity","body":{"deviceName":"desk","deviceType":"laptop",…}} */
static bool is_kdeconnect(struct cursor c)
{
	return object_with(c, "\"kdeconnect.identity\"");
}

static void kdeconnect(struct dissection *x, struct cursor c)
{
	struct wire_text program = {.len = 0};
	struct cursor kind;
	wire_label(&program, "product", wire_literal("KDE Connect"));
	wire_label(&program, "vendor", wire_literal("KDE"));
	wire_yield(x, FIELD_ANNOUNCE_PROGRAM, &program);
	if (text_json(c, "deviceType", &kind)) {
		struct wire_text device = {.len = 0};
		wire_label(&device, "kind", kind);
		wire_yield(x, FIELD_ANNOUNCE_DEVICE, &device);
	}
	json_name(x, c, "deviceName");
}

/* Plex ("GDM"): answers and hellos in the form of HTTP. */
static bool is_plex(struct cursor c)
{
	return (text_starts(c, "HTTP/1.0 200") || text_starts(c, "HTTP/1.1 200") ||
		text_starts(c, "HELLO * HTTP/1.")) &&
	       text_has(c, "plex/media-");
}

static void plex(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor line, name, value, version = {NULL, NULL, false}, product = version;
	bool server = text_has(c, "plex/media-server");
	for (unsigned i = 0; i < MOST_LINES && cursor_line(&c, &line); i++) {
		if (!text_header(line, &name, &value))
			continue;
		if (text_is(name, "Version"))
			version = value;
		else if (text_is(name, "Product"))
			product = value;
		else if (text_is(name, "Name"))
			announce_name(x, value);
	}
	wire_label(&t, "product", server ? wire_literal("Plex Media Server") : product);
	wire_label(&t, "vendor", wire_literal("Plex"));
	wire_label(&t, "version", version);
	if (server || cursor_left(&product))
		wire_yield(x, server ? FIELD_ANNOUNCE_SERVER : FIELD_ANNOUNCE_PROGRAM, &t);
}

/* Tuya's plain form: a prefix, members of no use here, {"ip":…,"gwId":…,"productKey":…,"version":"3.1"}. */
static bool is_tuya(struct cursor c)
{
	return cursor_u32(&c) == 0x55aa && text_has(c, "\"gwId\"");
}

static void tuya(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	wire_label(&t, "vendor", wire_literal("Tuya"));
	json_label(&t, "serial", c, "gwId");
	wire_label(&t, "kind", wire_literal("smart home device"));
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
}

/* Hikvision's search ("SADP"): the answers of cameras and recorders. */
static bool is_hikvision(struct cursor c)
{
	return text_starts(c, "<?xml") && text_has(c, "<ProbeMatch") && text_has(c, "DeviceSN");
}

static void hikvision(struct dissection *x, struct cursor c)
{
	static const char *const elements[][2] = {
		{"DeviceDescription", "model"}, {"DeviceSN", "serial"}, {"SoftwareVersion", "firmware"}};
	struct wire_text t = {.len = 0};
	struct xml_element e;
	wire_label(&t, "vendor", wire_literal("Hikvision"));
	for (unsigned i = 0; i < MOST_ELEMENTS && xml_next(&c, &e); i++)
		for (size_t k = 0; !e.end && k < sizeof elements / sizeof *elements; k++)
			if (xml_is(&e, elements[k][0]))
				wire_label(&t, elements[k][1], e.text);
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
}

/* Dahua's search: a head of 32 octets with "DHIP", and JSON. */
static bool is_dahua(struct cursor c)
{
	return cursor_u32(&c) == 0x20000000 && text_starts(c, "DHIP");
}

static void dahua(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor model;
	cursor_skip(&c, 32);
	if (!text_json(c, "DeviceType", &model))
		return;
	json_label(&t, "vendor", c, "Vendor");
	wire_label(&t, "model", model);
	json_label(&t, "serial", c, "SerialNo");
	json_label(&t, "firmware", c, "Version");
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
	json_name(x, c, "MachineName");
}

/* AMX's beacon, which devices that it controls send too: "AMXB<-Make=NEC><-Model=NP-PA600U><-Revision=1.2>". */
static bool is_amx(struct cursor c)
{
	return text_starts(c, "AMXB<");
}

static void amx(struct dissection *x, struct cursor c)
{
	static const char *const members[][2] = {{"-Make", "vendor"}, {"-Model", "model"}, {"-Revision", "firmware"}};
	struct wire_text t = {.len = 0};
	struct cursor before, pair, key;
	for (unsigned i = 0; i < MOST_LINES && text_before(&c, '<', &before) && text_before(&c, '>', &pair); i++) {
		if (!text_before(&pair, '=', &key))
			continue;
		for (size_t k = 0; k < sizeof members / sizeof *members; k++)
			if (text_is(key, members[k][0]))
				wire_label(&t, members[k][1], pair);
		if (text_is(key, "-SDKClass") && text_is(pair, "VideoProjector"))
			wire_label(&t, "kind", wire_literal("projector"));
	}
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
}

/* PlayStation's discovery, in the form of HTTP: host-type, host-name, system-version ("06720001"). */
static bool is_playstation(struct cursor c)
{
	return text_starts(c, "HTTP/1.1 ") && text_has(c, "host-type:PS");
}

static void playstation_version(struct wire_text *t, struct cursor value)
{
	const uint8_t *v = value.at;
	if (cursor_left(&value) != 8 || v[1] < '0' || v[1] > '9')
		return;
	wire_label_format(t, "firmware", "%.*s%c.%c%c", v[0] != '0', (const char *)v, v[1], v[2], v[3]);
}

static void playstation(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor line, name, value;
	wire_label(&t, "vendor", wire_literal("Sony"));
	wire_label(&t, "kind", wire_literal("game console"));
	for (unsigned i = 0; i < MOST_LINES && cursor_line(&c, &line); i++) {
		if (!text_header(line, &name, &value))
			continue;
		if (text_is(name, "host-type") && text_take(&value, "PS"))
			wire_label_format(&t, "model", "PlayStation %.*s", (int)cursor_left(&value),
					  (const char *)value.at);
		else if (text_is(name, "system-version"))
			playstation_version(&t, value);
		else if (text_is(name, "host-name"))
			announce_name(x, value);
	}
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
}

const struct announcement announce_text_rows[] = {
	{17500, 17500, NULL, is_dropbox, dropbox},
	{2190, 2190, NULL, is_tivo, tivo},
	{1714, 1764, NULL, is_kdeconnect, kdeconnect},
	{32410, 32414, NULL, is_plex, plex},
	{6666, 6666, NULL, is_tuya, tuya},
	{37020, 37020, NULL, is_hikvision, hikvision},
	{37810, 37810, NULL, is_dahua, dahua},
	{9131, 9131, NULL, is_amx, amx},
	{987, 987, NULL, is_playstation, playstation},
	{9302, 9302, NULL, is_playstation, playstation},
	{0, 0, NULL, NULL, NULL},
};

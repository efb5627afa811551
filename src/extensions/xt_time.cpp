// time, revision 0: struct xt_time_info in <linux/netfilter/xt_time.h>. All times are UTC, whatever the zone of the
// process; --kerneltz makes the kernel compare them with its own local time.
#include <linux/netfilter/xt_time.h>

#include <array>
#include <chrono>
#include <limits>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t {
  kDateStart,
  kDateStop,
  kTimeStart,
  kTimeStop,
  kMonthdays,
  kWeekdays,
  kUtc,
  kLocalTz,
  kKernelTz,
  kContiguous
};

constexpr uint32_t kLastDate = std::numeric_limits<int32_t>::max();

constexpr std::array<Option, kContiguous + 1> kOptions = {
    {{.name = "datestart",
      .arg = Arg::kString,
      .metavar = "date",
      .help = "match from then on: YYYY[-MM[-DD[Thh[:mm[:ss]]]]]"},
     {.name = "datestop", .arg = Arg::kString, .metavar = "date", .help = "match until then, and then too"},
     {.name = "timestart",
      .arg = Arg::kString,
      .metavar = "time",
      .help = "match from this time of day on: hh:mm[:ss]"},
     {.name = "timestop", .arg = Arg::kString, .metavar = "time", .help = "match until this time of day"},
     {.name = "monthdays",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "day[,day...]",
      .help = "days of the month, 1 to 31"},
     {.name = "weekdays",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "day[,day...]",
      .help = "days of the week: Mon to Sun, or 1 to 7"},
     {.name = "utc", .excludes = bit(kKernelTz), .help = "times are in UTC (default)"},
     {.name = "localtz", .excludes = bit(kUtc), .help = "the old name of --kerneltz"},
     {.name = "kerneltz", .excludes = bit(kUtc), .help = "times are in the kernel's time zone"},
     {.name = "contiguous", .help = "a period that ends before it starts runs past midnight"}}};

constexpr std::array<std::string_view, 7> kWeekdayNames = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                           "Friday", "Saturday", "Sunday"};

// Takes the number before `separator` off `text`, which becomes what follows. No digits at all are a 0.
bool take_number(std::string_view& text, char separator, uint64_t max, uint64_t& out) {
  const size_t end = std::min(text.find(separator), text.size());
  out = 0;
  if (end != 0 && (!parse_decimal(text.substr(0, end), out) || out > max)) return false;
  text.remove_prefix(std::min(end + 1, text.size()));
  return true;
}

tl::unexpected<Error> bad_date(std::string_view text) {
  return fail(Code::kInvalidInput,
              "Invalid date \"" + std::string(text) + "\" specified. Should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]]");
}

Result<uint32_t> parse_date(std::string_view text) {
  std::string_view rest = text;
  uint64_t year = 0;
  uint64_t month = 1;
  uint64_t day = 1;
  uint64_t hour = 0;
  uint64_t minute = 0;
  uint64_t second = 0;
  if (!take_number(rest, '-', 2038, year) || year < 1970 || (!rest.empty() && !take_number(rest, '-', 12, month)) ||
      month == 0 || (!rest.empty() && !take_number(rest, 'T', 31, day)) || day == 0 ||
      !take_number(rest, ':', 23, hour) || !take_number(rest, ':', 59, minute) ||
      !take_number(rest, '\0', 59, second)) {
    return bad_date(text);
  }
  // A day that the month does not have is one of the next month.
  namespace chrono = std::chrono;
  const chrono::sys_days first = chrono::year{static_cast<int>(year)} / chrono::month{static_cast<unsigned>(month)} / 1;
  const chrono::sys_seconds time =
      first + chrono::days{day - 1} + chrono::hours{hour} + chrono::minutes{minute} + chrono::seconds{second};
  return static_cast<uint32_t>(time.time_since_epoch().count());
}

tl::unexpected<Error> bad_time(std::string_view text) {
  return fail(Code::kInvalidInput, "invalid time \"" + std::string(text) +
                                       "\" specified, should be hh:mm[:ss] format and within the boundaries");
}

Result<uint32_t> parse_daytime(std::string_view text) {
  std::string_view rest = text;
  uint64_t hour = 0;
  uint64_t minute = 0;
  uint64_t second = 0;
  const bool has_minutes = text.find(':') != std::string_view::npos;
  if (!has_minutes || text[0] == ':' || !take_number(rest, ':', 23, hour) || !take_number(rest, ':', 59, minute) ||
      !take_number(rest, '\0', 59, second)) {
    return bad_time(rest);
  }
  return static_cast<uint32_t>((hour * 60 + minute) * 60 + second);
}

tl::unexpected<Error> not_a_day(std::string_view shown, std::string_view what) {
  return fail(Code::kInvalidInput, std::string(shown) + " is not a valid " + std::string(what));
}

Result<uint32_t> parse_monthdays(std::string_view text) {
  uint32_t days = 0;
  while (!text.empty()) {
    const std::string_view item = next_item(text);
    uint64_t day = 0;
    if (!parse_decimal(item, day) || day == 0 || day > 31) {
      return not_a_day(item.substr(0, 2), "day for --monthdays");
    }
    days |= uint32_t{1} << day;
  }
  return days;
}

// "Mo", "Mon", "Monday", or a number.
Result<unsigned> parse_weekday(std::string_view item) {
  if (uint64_t number = 0; item.empty() || parse_decimal(item, number)) {
    if (number == 0) return fail(Code::kInvalidInput, "No, the week does NOT begin with Sunday.");
    if (number <= kWeekdayNames.size()) return static_cast<unsigned>(number);
  }
  for (unsigned i = 0; i < kWeekdayNames.size(); ++i) {
    if (item.size() >= 2 && kWeekdayNames[i].starts_with(item)) return i + 1;
  }
  return not_a_day(item.substr(0, 3), "day specifier");
}

Result<uint8_t> parse_weekdays(std::string_view text) {
  uint8_t days = 0;
  while (!text.empty()) {
    const auto day = parse_weekday(next_item(text));
    if (!day) return tl::unexpected(day.error());
    days = static_cast<uint8_t>(days | (1u << *day));
  }
  return days;
}

void append_two_digits(uint64_t value, Text& out) {
  if (value < 10) out.raw('0');
  out.raw_number(value);
}

void append_clock(uint32_t seconds, Text& out) {
  append_two_digits(seconds / 3600, out);
  out.raw(':');
  append_two_digits(seconds / 60 % 60, out);
  out.raw(':');
  append_two_digits(seconds % 60, out);
}

void append_date(uint32_t date, char separator, Text& out) {
  constexpr uint32_t kSecondsOfDay = 24 * 60 * 60;
  const std::chrono::year_month_day day{std::chrono::sys_days{std::chrono::days{date / kSecondsOfDay}}};
  out.raw_number(static_cast<uint64_t>(static_cast<int>(day.year()))).raw('-');
  append_two_digits(static_cast<unsigned>(day.month()), out);
  out.raw('-');
  append_two_digits(static_cast<unsigned>(day.day()), out);
  out.raw(separator);
  append_clock(date % kSecondsOfDay, out);
}

void append_weekdays(uint8_t days, Text& out) {
  std::string_view separator = " ";
  for (unsigned i = 1; i <= kWeekdayNames.size(); ++i) {
    if ((days & (1u << i)) != 0) out.raw(std::exchange(separator, ",")).raw(kWeekdayNames[i - 1].substr(0, 3));
  }
  if (separator == " ") out.raw(' ');
}

enum class Days : uint8_t { kNumbers, kOrdinals };

std::string_view ordinal_suffix(unsigned day) {
  switch (day % 10) {
    case 1:
      return "st";
    case 2:
      return "nd";
    case 3:
      return "rd";
    default:
      return "th";
  }
}

void append_monthdays(uint32_t days, Days form, Text& out) {
  std::string_view separator = " ";
  for (unsigned i = 1; i <= 31; ++i) {
    if ((days & (uint32_t{1} << i)) == 0) continue;
    out.raw(std::exchange(separator, ",")).raw_number(i);
    if (form == Days::kOrdinals) out.raw(ordinal_suffix(i));
  }
  if (separator == " ") out.raw(' ');
}

struct Time {
  using Info = xt_time_info;

  static void init(Info& info, Family) {
    info.date_stop = kLastDate;
    info.daytime_stop = XT_TIME_MAX_DAYTIME;
    info.monthdays_match = XT_TIME_ALL_MONTHDAYS;
    info.weekdays_match = XT_TIME_ALL_WEEKDAYS;
  }

  static Result<void> parse(OptionCall& call, Info& info) {
    switch (call.id) {
      case kDateStart:
        return store(parse_date(call.text), info.date_start);
      case kDateStop:
        return store(parse_date(call.text), info.date_stop);
      case kTimeStart:
        return store(parse_daytime(call.text), info.daytime_start);
      case kTimeStop:
        return store(parse_daytime(call.text), info.daytime_stop);
      case kMonthdays: {
        auto done = store(parse_monthdays(call.text), info.monthdays_match);
        if (call.inverted) info.monthdays_match ^= XT_TIME_ALL_MONTHDAYS;
        return done;
      }
      case kWeekdays: {
        auto done = store(parse_weekdays(call.text), info.weekdays_match);
        if (call.inverted) info.weekdays_match ^= XT_TIME_ALL_WEEKDAYS;
        return done;
      }
      case kKernelTz:
      case kLocalTz:
        info.flags |= XT_TIME_LOCAL_TZ;
        return {};
      case kContiguous:
        info.flags |= XT_TIME_CONTIGUOUS;
        return {};
      default:
        return {};
    }
  }

  static Result<void> check(const CheckCall&, Info& info) {
    if ((info.flags & XT_TIME_CONTIGUOUS) == 0 || info.daytime_start >= info.daytime_stop) return {};
    return fail(Code::kInvalidInput, "time: --contiguous only makes sense when stoptime is smaller than starttime");
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (limits_daytime(info)) {
      append_clock(info.daytime_start, out.option("timestart").raw(' '));
      append_clock(info.daytime_stop, out.option("timestop").raw(' '));
    }
    if (info.monthdays_match != XT_TIME_ALL_MONTHDAYS) {
      append_monthdays(info.monthdays_match, Days::kNumbers, out.option("monthdays"));
    }
    if (info.weekdays_match != XT_TIME_ALL_WEEKDAYS) append_weekdays(info.weekdays_match, out.option("weekdays"));
    if (info.date_start != 0) append_date(info.date_start, 'T', out.option("datestart").raw(' '));
    append_date(info.date_stop, 'T', out.option("datestop").raw(' '));
    if ((info.flags & XT_TIME_LOCAL_TZ) != 0) out.option("kerneltz");
    if ((info.flags & XT_TIME_CONTIGUOUS) != 0) out.option("contiguous");
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" TIME");
    if (limits_daytime(info)) {
      append_clock(info.daytime_start, out.raw(" from "));
      append_clock(info.daytime_stop, out.raw(" to "));
    }
    if (info.weekdays_match != XT_TIME_ALL_WEEKDAYS) append_weekdays(info.weekdays_match, out.raw(" on"));
    if (info.monthdays_match != XT_TIME_ALL_MONTHDAYS) {
      append_monthdays(info.monthdays_match, Days::kOrdinals, out.raw(" on"));
    }
    if (info.date_start != 0) append_date(info.date_start, ' ', out.raw(" starting from "));
    if (info.date_stop != kLastDate) append_date(info.date_stop, ' ', out.raw(" until date "));
    if ((info.flags & XT_TIME_LOCAL_TZ) == 0) out.raw(" UTC");
    if ((info.flags & XT_TIME_CONTIGUOUS) != 0) out.raw(" contiguous");
  }

 private:
  static bool limits_daytime(const Info& info) {
    return info.daytime_start != XT_TIME_MIN_DAYTIME || info.daytime_stop != XT_TIME_MAX_DAYTIME;
  }

  template <typename T>
  static Result<void> store(const Result<T>& value, T& out) {
    if (!value) return tl::unexpected(value.error());
    out = *value;
    return {};
  }
};

}  // namespace

extern constinit const Extension kMatchTime =
    make_extension<Time>({.name = "time", .options = kOptions, .summary = "when the packet arrives"});

}  // namespace ferrule::ext

// Pictures: what the broker does with them, that never sees one.

#include "tests/unit/clipboard/broker_stage.hpp"

#include "clipboard/offer.hpp"

#include <sys/mman.h>

#include <gtest/gtest.h>

namespace vitrail::test {
namespace {

using Kind = BrokerStage::Kind;
using namespace std::chrono_literals;
using transport::ClipboardRecordKind;
using transport::ImageResult;
using transport::ImageStatus;

constexpr ImageResult good{ImageStatus::done, 640, 480, 900};

class ClipboardImages : public testing::Test, public BrokerStage {
protected:
    /// The chord, and the types that the qube says it has.
    std::uint32_t offer(std::string_view types = std::string_view("image/png\0", 10))
    {
        std::uint32_t const serial = chord_copy(work);
        answer(work, serial, types, transport::clipboard_flag_last,
               ClipboardRecordKind::copy_offer);
        return serial;
    }
    void make_room(std::uint32_t serial, bool there = true)
    {
        broker.handle_image_room(serial, there, now);
        take();
    }
    void fill(std::uint32_t serial, std::uint32_t bytes,
              std::uint32_t flags = transport::clipboard_flag_last, DomainId from = work)
    {
        broker.handle_record(from, {ClipboardRecordKind::copy_data, serial, 0, flags, bytes}, {},
                             now);
        take();
    }
    void finish(std::uint32_t serial, ImageResult const& result = good)
    {
        broker.handle_image(serial, result, Fd(memfd_create("encoded", MFD_CLOEXEC)), now);
        take();
    }
    void copy_image(ImageResult const& result = good)
    {
        std::uint32_t const serial = offer();
        make_room(serial);
        fill(serial, 500);
        finish(serial, result);
    }
};

TEST_F(ClipboardImages, are_asked_for_where_there_is_no_text)
{
    std::uint32_t const serial = offer(std::string_view("text/_moz_htmlinfo\0image/png\0", 29));
    ASSERT_EQ(rooms.size(), 1U);
    EXPECT_EQ(rooms[0].serial, serial);
    EXPECT_EQ(rooms[0].limit, image_limit);
    EXPECT_TRUE(requests.empty()) << "asked for before there is a place for it";
    make_room(serial);
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_TRUE(requests[0].is_image);
    EXPECT_EQ(requests[0].mime, 1U);
    offer(std::string_view("image/png\0text/plain\0", 21));
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_FALSE(requests[1].is_image);
    EXPECT_EQ(requests[1].mime, 1U);
    offer(std::string_view("text/html\0image/jpeg\0", 21)); // as a browser does
    EXPECT_EQ(rooms.size(), 2U);
}

TEST_F(ClipboardImages, are_given_as_what_the_encoder_made_of_them)
{
    copy_image();
    EXPECT_EQ(decoded, std::vector<std::uint32_t>{500});
    ASSERT_EQ(told(), Kind::copied);
    EXPECT_EQ(notice().type, transport::ClipboardType::image);
    EXPECT_EQ(notice().width, 640U);
    EXPECT_EQ(notice().height, 480U);
    EXPECT_EQ(notice().held_width, 640U);
    paste(personal);
    EXPECT_EQ(questions.back().type, transport::ClipboardType::image);
    ASSERT_EQ(given_images.size(), 1U);
    EXPECT_EQ(given_images[0].target, personal);
    EXPECT_EQ(given_images[0].image.bytes, 900U);
    EXPECT_TRUE(given_images[0].image.file);
    EXPECT_TRUE(given.empty());
    EXPECT_EQ(told(), Kind::given);
    paste(vault);
    EXPECT_EQ(told(), Kind::nothing_to_paste);
}

TEST_F(ClipboardImages, that_could_not_be_made_anew_are_refused_and_empty_the_clipboard)
{
    for (ImageResult const& bad :
         {ImageResult{ImageStatus::broken, 0, 0, 0}, ImageResult{ImageStatus::done, 0, 480, 900},
          ImageResult{ImageStatus::done, 16385, 1, 900},
          ImageResult{ImageStatus::done, 16384, 16384, 900},
          ImageResult{ImageStatus::done, 640, 480, 0},
          ImageResult{ImageStatus{7}, 640, 480, 900}}) {
        copy(work, "before");
        copy_image(bad);
        EXPECT_EQ(told(), Kind::bad_image);
        EXPECT_EQ(notice().held_type, transport::ClipboardType::none);
    }
}

TEST_F(ClipboardImages, over_the_limit_are_refused_before_or_after_the_encoder)
{
    std::uint32_t serial = offer();
    make_room(serial);
    fill(serial, 0, transport::clipboard_flag_last | transport::clipboard_flag_too_large);
    EXPECT_EQ(told(), Kind::copy_too_large);
    EXPECT_EQ(notice().limit, image_limit);
    serial = offer();
    make_room(serial);
    fill(serial, image_limit + 1); // its guid lies: the file has no such bytes
    EXPECT_EQ(told(), Kind::copy_too_large);
    copy_image({ImageStatus::done, 640, 480, image_limit * 4 + 1});
    EXPECT_EQ(told(), Kind::copy_too_large);
    copy_image({ImageStatus::too_large, 640, 480, 0});
    EXPECT_EQ(told(), Kind::copy_too_large);
    copy_image({ImageStatus::done, 640, 480, image_limit * 4});
    EXPECT_EQ(told(), Kind::copied);
    broker.set_qube(personal, "personal", 64000, image_limit - 1);
    paste(personal);
    EXPECT_EQ(told(), Kind::paste_too_large);
    paste(vault);
    EXPECT_EQ(told(), Kind::given);
}

TEST_F(ClipboardImages, of_a_qube_that_may_have_none_are_nothing_to_copy)
{
    broker.set_qube(work, "work", 64000, 0);
    offer();
    EXPECT_EQ(told(), Kind::nothing_to_copy);
    EXPECT_TRUE(rooms.empty());
}

TEST_F(ClipboardImages, that_are_empty_are_nothing_to_copy)
{
    std::uint32_t const serial = offer();
    make_room(serial);
    fill(serial, 0);
    EXPECT_EQ(told(), Kind::nothing_to_copy);
    EXPECT_TRUE(decoded.empty());
}

TEST_F(ClipboardImages, that_nobody_can_decode_now_are_said)
{
    make_room(offer(), false);
    EXPECT_EQ(told(), Kind::bad_image);
}

TEST_F(ClipboardImages, take_no_longer_than_a_qube_and_a_decoder_may)
{
    std::uint32_t serial = offer();
    wait(1s); // sessiond
    EXPECT_EQ(told(), Kind::no_answer);
    serial = offer();
    make_room(serial);
    wait(10s); // the qube
    EXPECT_EQ(told(), Kind::no_answer);
    EXPECT_FALSE(broker.awaits_image(serial));
    serial = offer();
    make_room(serial);
    fill(serial, 500);
    wait(10s); // the decoder
    EXPECT_EQ(told(), Kind::no_answer);
    finish(serial);
    EXPECT_EQ(told(), Kind::no_answer) << "too late";
    EXPECT_EQ(notice().held_type, transport::ClipboardType::none);
}

TEST_F(ClipboardImages, are_cancelled_by_escape_at_every_step)
{
    for (int steps = 0; steps < 3; ++steps) {
        std::uint32_t const serial = offer();
        if (steps > 0)
            make_room(serial);
        if (steps > 1)
            fill(serial, 500);
        EXPECT_TRUE(broker.awaits_image(serial));
        broker.handle_cancel(now);
        EXPECT_EQ(told(), Kind::cancelled);
        EXPECT_FALSE(broker.awaits_image(serial));
        make_room(serial);
        fill(serial, 500);
        finish(serial);
        EXPECT_EQ(told(), Kind::cancelled);
    }
}

TEST_F(ClipboardImages, come_from_the_qube_that_was_asked_once_and_in_this_order)
{
    std::uint32_t const serial = offer();
    finish(serial);
    EXPECT_EQ(told(), Kind::bad_image) << "an encoder that ends before it was given anything";
    std::uint32_t const second = offer();
    fill(second, 500); // before there is a file
    EXPECT_TRUE(decoded.empty());
    make_room(second + 1);
    EXPECT_TRUE(requests.empty());
    make_room(second);
    make_room(second);
    EXPECT_EQ(requests.size(), 1U);
    fill(second, 500, transport::clipboard_flag_last, vault);
    fill(second + 1, 500);
    fill(second, 500, 0);
    EXPECT_TRUE(decoded.empty());
    fill(second, 500);
    fill(second, 600);
    EXPECT_EQ(decoded, std::vector<std::uint32_t>{500});
    answer(work, second, "text instead");
    EXPECT_TRUE(broker.awaits_image(second));
    finish(second);
    EXPECT_EQ(told(), Kind::copied);
}

TEST_F(ClipboardImages, refused_by_the_targets_guid_are_said_once)
{
    copy_image();
    paste(personal);
    std::uint32_t const serial = given_images.at(0).serial;
    auto const refuse = [&](DomainId from, std::uint32_t of) {
        broker.handle_record(from, {ClipboardRecordKind::paste_refused, of, 0, 0}, {}, now);
    };
    auto const before = notices.size();
    refuse(vault, serial);
    refuse(personal, serial + 1);
    take();
    EXPECT_EQ(notices.size(), before);
    refuse(personal, serial);
    refuse(personal, serial);
    EXPECT_EQ(told(), Kind::no_images);
    EXPECT_EQ(notices.size(), before + 1);
}

} // namespace
} // namespace vitrail::test

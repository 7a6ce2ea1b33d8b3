#include "agents/gui/cursor.hpp"

#include <gtest/gtest.h>

namespace vitrail::agent {
namespace {

TEST(CursorNames, the_shapes_that_agents_know_have_the_glyphs_of_the_cursor_font)
{
    EXPECT_EQ(cursor_glyph("text"), 152);
    EXPECT_EQ(cursor_glyph("pointer"), 60);
    EXPECT_EQ(cursor_glyph("col-resize"), 108);
    EXPECT_EQ(cursor_glyph("nw-resize"), 134);
}

TEST(CursorNames, a_shape_without_a_glyph_is_the_default_cursor)
{
    EXPECT_EQ(cursor_glyph("default"), std::nullopt);
    EXPECT_EQ(cursor_glyph("nesw-resize"), std::nullopt);
    EXPECT_EQ(cursor_glyph(""), std::nullopt);
}

} // namespace
} // namespace vitrail::agent

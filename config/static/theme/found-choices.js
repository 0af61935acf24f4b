"use strict";
{
    // What select2 lists of a search gets no id, so that no screen reader could follow the arrow keys through it.
    const Found = django.jQuery.fn.select2.amd.require("select2/data/ajax");
    const { query } = Found.prototype;
    Found.prototype.query = function (asked, show) {
        query.call(this, asked, (found) => {
            for (const choice of found.results) choice._resultId = this.generateResultId(this.container, choice);
            show(found);
        });
    };
}

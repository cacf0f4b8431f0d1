"use strict";
const again = document.getElementById("again");
again.closest("p").hidden = false;
setInterval(() => {
  if (again.checked) location.reload();
}, 30000);
